// Results and how they are shown. A result is {name, target, unit, ours, peers: {name: value}}; values are lists, one per run.
// A peer that gave no result has `failure`, which says why, in the place of numbers.
"use strict";

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const median = (values) => percentile(values, 0.5);

function number(value) {
  if (value >= 100000) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

// `target` is {most: N} or {least: N}; none: the number is for information.
function verdict(target, value) {
  if (!target) return "";
  return (target.most === undefined ? value >= target.least : value <= target.most) ? "met" : "missed";
}

const rounded = (value) => Number(value.toPrecision(4));

// One row of the report: medians over the runs, and each peer's number with how many times it ours is. A share has no ratio,
// nor has what is no achievement (`ratio` false).
function summarize({ name, target, unit, ours, peers = {}, note, ratio = true }) {
  const measured = median(ours);
  const peerOf = ([peer, values]) => ({
    name: peer,
    measured: rounded(median(values)),
    ratio: unit === "%" || !ratio ? null : rounded(measured / median(values)),
    runs: values.map(rounded),
  });
  return {
    name,
    unit,
    target: target ?? null,
    measured: rounded(measured),
    verdict: verdict(target, measured),
    runs: ours.map(rounded),
    peers: Object.entries(peers).map(peerOf),
    ...(note ? { note } : {}),
  };
}

function cells(row) {
  const target = !row.target ? "" : row.target.most === undefined ? `≥ ${number(row.target.least)}` : `≤ ${number(row.target.most)}`;
  const peers = row.peers.map((peer) => `${peer.name} ${peer.failure ? "no result" : number(peer.measured)}`).join("; ");
  const ratios = row.peers.map((peer) => ((peer.ratio ?? null) === null ? "" : `${number(peer.ratio)}×`)).filter(Boolean);
  return [row.name, row.unit, target, number(row.measured), peers, ratios.join("; "), row.verdict];
}

// A table in Markdown, its columns padded.
function table(rows) {
  const head = ["what", "unit", "target", "TestGen", "peers", "TestGen / peer", ""];
  const lines = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => line[column].length)));
  const show = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [show(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...lines.slice(1).map(show)].join("\n");
}

module.exports = { median, percentile, summarize, table };
