import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own tick is. */
const MS_PER_TICK = 10;

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
}

/** Returns the CPU of a process and all its descendants from /proc (Linux only). */
export function cpuMsOf(pid: number): number {
  return familyOf(pid).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** Returns the memory of a process and all its descendants in MB. Counts shared pages once. */
export function memoryMbOf(pid: number): number {
  const kilobytes = familyOf(pid).reduce((sum, member) => sum + proportionalKilobytes(member.pid), 0);
  return Math.round(kilobytes / 1_024);
}

function familyOf(pid: number): ProcessRow[] {
  const rows = allProcesses();
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const row of rows) if (family.has(row.parent)) family.add(row.pid);
  }
  return rows.filter((row) => family.has(row.pid));
}

function proportionalKilobytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    // The process ended between the listing and the reading.
    return 0;
  }
}

function allProcesses(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => rowOf(Number(name)) ?? []);
}

function rowOf(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in brackets and may hold spaces; all later fields are numbers.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (index: number) => fields[index] ?? 0;
    // Fields 13 and 14 hold the time of ended children; without them a backend's work would be lost.
    const ticks = at(11) + at(12) + at(13) + at(14);
    return { pid, parent: at(1), cpuMs: ticks * MS_PER_TICK };
  } catch {
    // The process ended between the listing and the reading.
    return undefined;
  }
}
