/** Drawings and tables as files. */
export interface Table {
  head: string[];
  rows: (string | number)[][];
}

const SHARPNESS = 2;
const KEPT = ["fill", "stroke", "stroke-width", "opacity", "font-family", "font-size", "font-weight", "font-variant-numeric", "text-anchor"];

/** Drawings as one picture, below each other: as they are on the screen, twice as sharp, on their own ground. */
export async function savePng(drawings: SVGSVGElement[], name: string): Promise<void> {
  const boxes = drawings.map((drawing) => drawing.getBoundingClientRect());
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(Math.max(...boxes.map((box) => box.width)) * SHARPNESS);
  canvas.height = Math.round(boxes.reduce((sum, box) => sum + box.height, 0) * SHARPNESS);
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("This browser cannot draw pictures.");
  brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--panel");
  brush.fillRect(0, 0, canvas.width, canvas.height);
  let top = 0;
  for (const [place, drawing] of drawings.entries()) {
    const { width, height } = boxes[place] as DOMRect;
    brush.drawImage(await pictureOf(drawing, width, height), 0, top, width * SHARPNESS, height * SHARPNESS);
    top += height * SHARPNESS;
  }
  const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!picture) throw new Error("This browser cannot save pictures.");
  download(URL.createObjectURL(picture), `${name}.png`);
}

async function pictureOf(drawing: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const address = URL.createObjectURL(new Blob([standalone(drawing, width, height)], { type: "image/svg+xml" }));
  try {
    const image = new Image(width, height);
    image.src = address;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** A table as it is read, by RFC 4180. */
export function saveCsv(table: Table, name: string): void {
  const cell = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
  const text = [table.head, ...table.rows].map((row) => row.map(cell).join(",")).join("\r\n");
  download(URL.createObjectURL(new Blob([text, "\r\n"], { type: "text/csv" })), `${name}.csv`);
}

/** The drawing with what style sheets say of it written into it. */
function standalone(drawing: SVGSVGElement, width: number, height: number): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const parts = [drawing, ...drawing.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [place, part] of parts.entries()) {
    const style = getComputedStyle(part);
    for (const name of KEPT) copies[place]?.setAttribute(name, style.getPropertyValue(name));
  }
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return new XMLSerializer().serializeToString(copy);
}

function download(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
