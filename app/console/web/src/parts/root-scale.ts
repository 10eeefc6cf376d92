/** How large a rem is against the usual 14 pixels: what is drawn grows with the text on a wall. */
export const rootScale = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;
