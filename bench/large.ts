import type { Era } from "./caller.ts";
import { type Loader, median, places } from "./measure.ts";
import { PAGE_KINDS, type PageKind } from "./pages.ts";

/** The two ways to the same upstream. */
interface Ways {
  readonly bare: string;
  readonly through: string;
  readonly key: string;
}

/**
 * What a result of 10 KB costs more through the gateway than through the bare proxy: p50 at concurrency 1, the median of
 * interleaved rounds, in ms.
 */
export async function benchLarge(loader: Loader, ways: Readonly<Record<Era, Ways>>, rounds: number, ms: number) {
  const measured: Record<string, Record<Era, { addedP50Ms: number; bareP50Ms: number }>> = {};
  for (const page of PAGE_KINDS)
    measured[page] = { modern: await one("modern", page), legacy: await one("legacy", page) };
  return { bytes: 10_240, ...measured };

  async function one(era: Era, page: PageKind) {
    const { bare, through, key } = ways[era];
    const seen: { bare: number; through: number }[] = [];
    for (let at = 0; at <= rounds; at++) {
      const alone = await loader.run({ endpoint: bare, era, page, concurrency: 1, ms });
      const gateway = await loader.run({ endpoint: through, era, key, page, concurrency: 1, ms });
      // The first round warms up.
      if (at > 0) seen.push({ bare: alone.p50Ms, through: gateway.p50Ms });
    }
    return {
      addedP50Ms: places(median(seen.map((each) => each.through - each.bare))),
      bareP50Ms: places(median(seen.map((each) => each.bare))),
    };
  }
}
