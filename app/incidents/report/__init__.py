"""The report of an incident: one document of data, shown as PDF, as HTML and as JSON."""
