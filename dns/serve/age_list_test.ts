import { assertEquals } from "@std/assert";
import { anySeed, withSeed } from "../../testing/seeded_random.ts";
import { type Aged, AgeList } from "./age_list.ts";

interface Item extends Aged<Item> {
  name: number;
}

function describe(list: AgeList<Item>): number[] {
  return Array.from(list, ({ name }) => name);
}

Deno.test("AgeList holds nothing at first, and again when all is deleted", () => {
  const list = new AgeList<Item>();
  assertEquals([list.size, list.oldest, describe(list)], [0, undefined, []]);
  const item = { name: 1 };
  list.push(item);
  list.delete(item);
  assertEquals([list.size, list.oldest, describe(list)], [0, undefined, []]);
});

Deno.test("AgeList.delete() leaves an item that can be in another list", () => {
  const [from, to] = [new AgeList<Item>(), new AgeList<Item>()];
  const items = [1, 2, 3].map((name): Item => ({ name }));
  for (const item of items) from.push(item);
  from.delete(items[1]);
  to.push(items[1]);
  assertEquals([describe(from), describe(to)], [[1, 3], [2]]);
});

Deno.test("AgeList keeps the order of a Set, whatever is pushed and deleted", () => {
  withSeed(anySeed(), (random) => {
    const list = new AgeList<Item>();
    const model = new Set<Item>();
    for (let name = 0; name < 2000; name++) {
      const [item] = random.below(2) === 0 || model.size === 0 ? [{ name }] : [...model]
        .slice(random.below(model.size));
      if (model.delete(item)) list.delete(item);
      else {
        list.push(item);
        model.add(item);
      }
      assertEquals(list.size, model.size);
      assertEquals(list.oldest?.name, [...model].at(0)?.name);
      if (name % 100 === 0) assertEquals(describe(list), Array.from(model, ({ name }) => name));
    }
  });
});
