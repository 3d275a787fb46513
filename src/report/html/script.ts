/**
 * The page's script: chooses a layer and shows it. Plain DOM; text enters as text nodes only. Without it the page still has
 * verdict, picture of the network, tables and charts.
 */
export const PAGE_SCRIPT = `'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const layers = new Map(data.layers.map((layer) => [layer.name, layer]));
const details = document.getElementById('details');
const nodes = [...document.querySelectorAll('.node[data-layer]')];
const count = (n) => n.toLocaleString('en-US');
const SVG = 'http://www.w3.org/2000/svg';

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}
function draw(tag, attributes, title) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (title) { const text = document.createElementNS(SVG, 'title'); text.textContent = title; element.append(text); }
  return element;
}
function facts(pairs) {
  const list = make('dl');
  for (const [name, value] of pairs) list.append(make('dt', {}, name), make('dd', {}, String(value)));
  return list;
}
function table(caption, titles, rows) {
  const head = make('tr', {}, ...titles.map((title) => make('th', { scope: 'col' }, title)));
  const body = rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, String(cell)))));
  return make('table', {}, make('caption', {}, caption), make('thead', {}, head), make('tbody', {}, ...body));
}

function histogram({ expected, actual }) {
  const most = Math.log1p(Math.max(...expected, ...(actual || [])));
  const step = 320 / expected.length;
  const plot = draw('svg', { class: 'plot', viewBox: '0 0 320 116', role: 'img', 'aria-label': 'How often each code occurs, on a logarithmic scale' });
  const span = data.codes / expected.length;
  const put = (counts, kind, x, width) => counts.forEach((n, bin) => {
    if (n === 0) return;
    const height = Math.max(1.5, 98 * Math.log1p(n) / most);
    plot.append(draw('rect', { class: kind, x: (bin * step + x).toFixed(1), y: (100 - height).toFixed(1), width: width.toFixed(1), height: height.toFixed(1) },
      'codes ' + bin * span + ' to ' + ((bin + 1) * span - 1) + ': ' + count(n) + (kind === 'want' ? ' expected' : ' received')));
  });
  put(expected, 'want', 0.5, actual ? step / 2 - 0.8 : step - 1);
  if (actual) put(actual, 'got', step / 2, step / 2 - 0.8);
  for (const [x, anchor, text] of [[0, 'start', '0'], [160, 'middle', 'code'], [320, 'end', String(data.codes - 1)]]) {
    const label = draw('text', { class: 'tick', x, y: 113, style: 'text-anchor:' + anchor });
    label.textContent = text;
    plot.append(label);
  }
  const key = make('p', { class: 'soft key' }, 'Logarithmic.', make('i', { style: 'background:var(--want)' }), 'expected');
  if (actual) key.append(make('i', { style: 'background:var(--got)' }), 'received');
  return [make('h4', {}, 'Activations'), plot, key];
}

function channelPlot(channels, perChannel) {
  const plot = draw('svg', { class: 'plot', viewBox: '0 0 320 72', role: 'img', 'aria-label': 'Wrong elements by channel', preserveAspectRatio: 'none' });
  const most = Math.max(...channels);
  const step = 320 / channels.length;
  channels.forEach((n, channel) => {
    if (n === 0) return;
    const height = Math.max(2, 70 * n / most);
    plot.append(draw('rect', { class: 'wrong', x: (channel * step).toFixed(2), y: (72 - height).toFixed(1), width: Math.max(0.6, step - (step > 3 ? 1 : 0)).toFixed(2), height: height.toFixed(1) },
      'channel ' + channel + ': ' + count(n) + ' of ' + count(perChannel)));
  });
  return plot;
}

function heatMap(map) {
  const canvas = make('canvas', { class: 'heat', width: map.width, height: map.height, role: 'img' });
  const most = Math.max(...map.counts);
  const context = canvas.getContext('2d');
  const hot = getComputedStyle(document.documentElement).getPropertyValue('--hot');
  map.counts.forEach((n, cell) => {
    if (n === 0) return;
    context.fillStyle = 'rgba(' + hot + ',' + (0.15 + 0.85 * n / most).toFixed(3) + ')';
    context.fillRect(cell % map.width, Math.floor(cell / map.width), 1, 1);
  });
  const worst = map.counts.indexOf(most);
  const [x, y] = [worst % map.width * map.cell, Math.floor(worst / map.width) * map.cell];
  const text = 'Most, ' + count(most) + ', at row ' + y + ', column ' + x + (map.cell > 1 ? '; a cell is ' + map.cell + ' x ' + map.cell + ' pixels' : '') + '.';
  canvas.setAttribute('aria-label', 'Wrong elements by pixel, over all channels. ' + text);
  return [canvas, make('p', { class: 'soft' }, text)];
}

function errorMaps(layer) {
  const { map } = layer;
  const perChannel = layer.shape[1] * layer.shape[2];
  const wrong = map.channels.filter((n) => n > 0).length;
  const worst = map.channels.map((n, channel) => [channel, n]).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]).slice(0, 6);
  const steps = map.steps.slice(0, 6).map(([step, n]) => [(step > 0 ? '+' : '') + step, count(n)]);
  return [
    make('h4', {}, 'Wrong elements by channel: ' + wrong + ' of ' + map.channels.length),
    channelPlot(map.channels, perChannel),
    make('h4', {}, 'Wrong elements by pixel'),
    ...heatMap(map),
    table('Worst channels', ['channel', 'wrong', 'of'], worst.map(([channel, n]) => [channel, count(n), count(perChannel)])),
    make('p'),
    steps.length === 0 ? null : table('Received less expected', ['by', 'times'], steps),
  ];
}

const chip = ({ verdict }) => make('span', { class: 'chip ' + (verdict.startsWith('✗') ? 'bad' : 'good') }, verdict);

function showLayer(layer) {
  const rows = [['shape', layer.shape.join(' × ')], ['differ', count(layer.mismatches) + ' of ' + count(layer.elements)]];
  if (layer.first !== null) rows.push(['first', layer.first]);
  if (layer.stray > 0) rows.push(['stray', count(layer.stray) + ' words written outside the layer']);
  if (layer.repeated > 0) rows.push(['repeated', count(layer.repeated) + ' words written more than once']);
  rows.push(['cycles', count(layer.cycles)]);
  if (layer.macs > 0) rows.push(['MACs', count(layer.macs)]);
  if (layer.used !== null) rows.push(['used', (100 * layer.used).toFixed(1) + ' % of the multipliers']);
  details.replaceChildren(
    make('h3', {}, layer.name),
    make('p', {}, chip(layer), ' ' + layer.op),
  );
  if (layer.error !== null) details.append(make('p', { class: 'kind' }, layer.error));
  if (layer.kind !== null) details.append(make('p', { class: 'kind' }, make('strong', {}, layer.kind.title), make('br'), layer.kind.evidence));
  details.append(facts(rows));
  if (layer.map !== null) details.append(...errorMaps(layer).filter((part) => part !== null));
  if (layer.histogram !== null) details.append(...histogram(layer.histogram));
}

function showBoxes(boxes) {
  details.replaceChildren(
    make('h3', {}, 'q_NMS'),
    make('p', {}, chip(boxes), ' decode, scores, suppression'),
    facts([['boxes', boxes.actual + ' received, ' + boxes.expected + ' expected'], ['compared', boxes.text], ['candidates', count(boxes.candidates)], ['cycles', count(boxes.cycles)]]),
  );
}

function select(name, from) {
  const layer = layers.get(name);
  if (layer !== undefined) showLayer(layer);
  else if (data.detect !== null && data.detect.name === name) showBoxes(data.detect);
  else return false;
  details.scrollTop = 0;
  for (const node of nodes) {
    const own = node.dataset.layer === name;
    node.setAttribute('aria-pressed', String(own));
    node.setAttribute('tabindex', own ? '0' : '-1');
    if (own) reveal(node);
  }
  for (const marked of document.querySelectorAll('.chosen')) marked.classList.remove('chosen');
  for (const column of document.querySelectorAll('.column')) if (column.dataset.layer === name) column.classList.add('chosen');
  for (const button of document.querySelectorAll('#layers [data-select]')) if (button.dataset.select === name) button.closest('tr').classList.add('chosen');
  history.replaceState(null, '', '#layer=' + encodeURIComponent(name));
  if (from === 'elsewhere') { details.scrollIntoView({ block: 'nearest' }); details.focus({ preventScroll: true }); }
  if (from === 'click' && matchMedia('(max-width:820px)').matches) details.scrollIntoView({ block: 'start' });
  return true;
}

/** Scrolls the graph's own frame, never the page. */
function reveal(node) {
  const frame = document.querySelector('.graph');
  const [box, outer] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (box.top < outer.top + 30) frame.scrollTop -= outer.top + frame.clientHeight / 3 - box.top;
  else if (box.bottom > outer.bottom - 30) frame.scrollTop += box.bottom - outer.top - 2 * frame.clientHeight / 3;
  if (box.left < outer.left || box.right > outer.right) frame.scrollLeft += (box.left + box.right) / 2 - (outer.left + outer.right) / 2;
}

const centre = (node) => { const box = node.querySelector('rect').getBBox(); return [box.x + box.width / 2, box.y + box.height / 2]; };
/** Up and down: the nearest layer of the nearest rank that way; left and right: the neighbour in the rank, else in the list. */
function neighbour(node, key) {
  const index = nodes.indexOf(node);
  if (key === 'Home') return nodes[0];
  if (key === 'End') return nodes[nodes.length - 1];
  const [x, y] = centre(node);
  const rank = Number(node.dataset.rank);
  const ways = { ArrowUp: (r) => rank - r, ArrowDown: (r) => r - rank };
  if (ways[key]) {
    let best = null, least = Infinity;
    for (const other of nodes) {
      const distance = ways[key](Number(other.dataset.rank));
      if (distance <= 0) continue;
      const cost = distance * 10000 + Math.abs(centre(other)[0] - x);
      if (cost < least) { least = cost; best = other; }
    }
    return best;
  }
  const row = nodes.filter((other) => Number(other.dataset.rank) === rank).sort((a, b) => centre(a)[0] - centre(b)[0]);
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  if (step === 0) return null;
  return row[row.indexOf(node) + step] || nodes[index + step] || null;
}

for (const node of nodes) {
  node.addEventListener('click', () => { node.focus({ preventScroll: true }); select(node.dataset.layer, 'click'); });
  node.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); select(node.dataset.layer, 'elsewhere'); return; }
    const other = neighbour(node, event.key);
    if (!other) return;
    event.preventDefault();
    other.focus({ preventScroll: true });
    select(other.dataset.layer, 'keys');
  });
}
document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-select],.column');
  if (target) select(target.dataset.select || target.dataset.layer, 'elsewhere');
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'n' || event.ctrlKey || event.metaKey || event.altKey) return;
  const red = nodes.filter((node) => node.classList.contains('red'));
  if (red.length === 0) return;
  const chosen = red.findIndex((node) => node.getAttribute('aria-pressed') === 'true');
  const next = red[(chosen + 1) % red.length];
  next.focus({ preventScroll: true });
  select(next.dataset.layer, 'keys');
});

const wanted = /^#layer=(.+)$/.exec(location.hash);
const first = data.layers.find((layer) => layer.mismatches > 0 || layer.stray > 0 || layer.repeated > 0 || layer.error !== null) || data.layers[0];
if (!(wanted && select(decodeURIComponent(wanted[1]), 'start')) && first) select(first.name, 'start');
})();
`
