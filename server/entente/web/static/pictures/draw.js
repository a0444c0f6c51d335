// What all pictures share: an SVG of the width at hand, text that is measured, export.

/* global d3 */

let canvas;

/** Measure texts in the font of an element. */
export function makeMeasure(element) {
  canvas ??= document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(element);
  const em = parseFloat(style.fontSize);
  const font = `${em}px ${style.fontFamily}`;
  const width = (text, weight = "") => {
    canvas.font = `${weight} ${font}`;
    return canvas.measureText(text).width;
  };
  /** Break a text into lines of at most `limit` pixels; a word that is longer stays whole. */
  const wrap = (text, limit) => {
    const lines = [];
    for (const word of text.split(/\s+/)) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && width(longer) <= limit) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.length ? lines : [""];
  };
  return { em, width, wrap };
}

/** Begin a picture: empties the place and gives an SVG that fills it, or is wider and scrolls. */
export function beginSvg(place, name, width, height) {
  place.replaceChildren();
  return d3
    .select(place)
    .append("svg")
    .attr("xmlns", "http://www.w3.org/2000/svg")
    .attr("class", "picture")
    .attr("role", "group")
    .attr("aria-label", name)
    .attr("width", Math.ceil(width))
    .attr("height", Math.ceil(height))
    .attr("viewBox", `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`);
}

/** Write lines of text below each other; `y` is the middle of all of them. */
export function writeLines(parent, lines, x, y, em, anchor = "start") {
  const step = em * 1.2;
  const text = parent.append("text").attr("x", x).attr("text-anchor", anchor);
  lines.forEach((line, index) => {
    text
      .append("tspan")
      .attr("x", x)
      .attr("y", y + (index - (lines.length - 1) / 2) * step + em * 0.34)
      .text(line);
  });
  return text;
}

/** A link inside a picture, or a group where there is nothing to link to. */
export function appendLink(parent, address, name) {
  const link = parent.append(address ? "a" : "g");
  if (address) link.attr("href", address).attr("aria-label", name);
  return link;
}

const COPIED = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity",
  "font-family", "font-size", "font-weight", "font-style", "text-anchor", "opacity",
  "paint-order", "text-decoration",
];

/** Write a picture as a file of its own: the page's style becomes attributes. */
export function writeSvg(svg, title) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, index) => {
    const style = getComputedStyle(element);
    if (style.display === "none") to[index].setAttribute("display", "none");
    for (const name of COPIED) to[index].setAttribute(name, style.getPropertyValue(name));
    to[index].removeAttribute("class");
    to[index].removeAttribute("tabindex");
    const target = to[index].getAttribute("href");
    if (target && !target.startsWith("#")) to[index].setAttribute("href", new URL(target, location.href).href);
  });
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  const name = document.createElementNS("http://www.w3.org/2000/svg", "title");
  name.textContent = title;
  copy.prepend(name, ground);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

/** Give the reader a file. */
export function saveFile(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August",
  "September", "October", "November", "December"];

/** Say a span of days as people do; a month has at most so many letters. */
export function sayDates(from, to, letters = 9) {
  const sayDay = (date) => sayOneDay(date, letters);
  if (!from && !to) return "";
  if (!from) return `by ${sayDay(to)}`;
  if (!to) return `since ${sayDay(from)}`;
  if (from === to) return sayDay(from);
  const [year, month, day] = from.split("-").map(Number);
  const [lastYear, lastMonth, lastDay] = to.split("-").map(Number);
  const whole = day === 1 && lastDay === new Date(Date.UTC(lastYear, lastMonth, 0)).getUTCDate();
  if (whole && month === 1 && lastMonth === 12) return year === lastYear ? `${year}` : `${year} to ${lastYear}`;
  if (whole && year === lastYear && month === lastMonth) return `${MONTHS[month - 1].slice(0, letters)} ${year}`;
  return `${sayDay(from)} to ${sayDay(to)}`;
}

function sayOneDay(date, letters) {
  const [year, month, day] = date.split("-").map(Number);
  if (month === 12 && day === 31) return `the end of ${year}`;
  return `${day} ${MONTHS[month - 1].slice(0, letters)} ${year}`;
}
