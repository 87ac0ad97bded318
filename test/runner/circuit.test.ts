import { describe, expect, test } from 'vitest';
import { createCircuit } from '../../src/runner/circuit.ts';

function circuitAt(random = 1) {
  let now = 0;
  const circuit = createCircuit(
    () => now,
    () => random,
  );
  return { circuit, advance: (ms: number) => (now += ms) };
}

function opened() {
  const made = circuitAt();
  for (let call = 0; call < 3; call += 1) made.circuit.trouble(null);
  return made;
}

describe('a circuit', () => {
  test('stays closed for two troubles, and opens with the third in a row', () => {
    const { circuit } = circuitAt();
    circuit.trouble(null);
    circuit.trouble(null);
    expect(circuit.state()).toBe('closed');
    circuit.fine();
    circuit.trouble(null);
    circuit.trouble(null);
    expect(circuit.state()).toBe('closed');
    circuit.trouble(null);
    expect(circuit.state()).toBe('open');
  });

  test('opens at once where the endpoint says how long, and not for hours', () => {
    const { circuit } = circuitAt();
    circuit.trouble(86_400_000);
    expect(circuit.state()).toBe('open');
    expect(circuit.openUntil()).toBe(300_000);
  });

  test('probes when its time is over, and closes when that went well', () => {
    const { circuit, advance } = opened();
    advance(circuit.openUntil());
    expect(circuit.state()).toBe('probing');
    circuit.fine();
    expect(circuit.state()).toBe('closed');
  });

  test('opens for longer each time the probe brings trouble', () => {
    const { circuit, advance } = opened();
    const first = circuit.openUntil();
    advance(first);
    circuit.trouble(null);
    expect(circuit.openUntil() - first).toBeGreaterThan(first);
  });

  test('takes late answers of calls from before it opened as nothing new', () => {
    const { circuit } = opened();
    const until = circuit.openUntil();
    for (let call = 0; call < 50; call += 1) circuit.trouble(null);
    expect(circuit.openUntil()).toBe(until);
    circuit.fine();
    expect(circuit.state()).toBe('open');
  });
});
