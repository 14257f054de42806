// Network interfaces by name, with their addresses, routes and the rules that choose among tables of routes. Interfaces themselves
// are made and removed by others.
import { encodeDocument } from '../state/json-document.js';
import type { JsonValue, StateDocument } from '../state/state-adapter.js';
import { applyInterfaces } from './apply-interfaces.js';
import { compareInterfaces, keepTargets } from './compare-interfaces.js';
import { readCounters, readInterfaces, readRouting } from './interface-state.js';
import type { AreaCapture, KernelArea } from './kernel-area.js';
import { matchNames } from './name-pattern.js';

const AREA = 'interfaces';
/** What belongs to no single interface; no interface can have a name with a colon. */
const SHARED = ':shared';

export function createInterfacesArea(): KernelArea {
  return {
    name: AREA,
    isAsked: ({ interfaces }) => interfaces.length > 0,
    // Which routes of several interfaces are there depends on all that are asked for.
    isComparable: (path, { from, to }) =>
      path !== `state/${AREA}/${SHARED}/routes` || String(from.interfaces) === String(to.interfaces),
    capture: captureInterfaces,
    compare: compareInterfaces,
    stage: async (steps, { to }) => [...steps, ...(await keepTargets(steps, to))],
    apply: applyInterfaces,
  };
}

async function* captureInterfaces({ settings }: AreaCapture): AsyncIterable<StateDocument> {
  const isAsked = matchNames(settings.interfaces);
  const routing = await readRouting();
  const counters = await readCounters();
  for (const { name, link, addresses, foreignAddresses } of await readInterfaces()) {
    if (!isAsked(name)) continue;
    const state = `state/${AREA}/${name}`;
    yield { path: `${state}/link`, content: encodeDocument(link) };
    yield { path: `${state}/addresses`, content: encodeLines(addresses) };
    const own = routing.routes.filter(({ devices }) => devices.length === 1 && devices[0] === name);
    yield { path: `${state}/routes`, content: encodeLines(own.map(({ words }) => words)) };
    const observed = {
      counters: counters.find((each) => each['ifname'] === name) ?? null,
      addresses: foreignAddresses,
      routes: routing.foreignRoutes.filter((each) => each['dev'] === name),
    } as unknown as JsonValue;
    yield { path: `observed/${AREA}/${name}`, content: encodeDocument(observed) };
  }
  const shared = routing.routes.filter(
    ({ devices }) => devices.length !== 1 && (devices.length === 0 || devices.some(isAsked)),
  );
  const words = shared.map((each) => each.words);
  yield { path: `state/${AREA}/${SHARED}/routes`, content: encodeLines(words) };
  yield { path: `state/${AREA}/${SHARED}/rules`, content: encodeLines(routing.rules) };
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
}
