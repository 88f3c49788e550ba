import { beforeEach, expect, test, vi } from "vitest";
import {
  ApiError,
  type Chips,
  type ChipsAnswer,
  type Evaluation,
  type ObservedAnswer,
} from "../src/api/client";
import { ChipFeed } from "../src/state/chips";
import { EvaluationFeed } from "../src/state/evaluations";
import { commandOf, lookCommands } from "../src/state/keys";
import { ObservedLayer } from "../src/state/observed";

const PLANES = [-1, -0.5, 0, 0.5, 1];

function chips(thermal = false): Chips {
  const layer = (name: "single" | "integral" | "thermal", planes: number[]) => ({
    layer: name,
    planes_m: planes,
    looks: planes.length,
    azimuths: 3,
    poses: "stated" as const,
    run: null,
    why: planes.length ? null : { en: "none", es: "ninguna" },
  });
  return {
    made: "m",
    side_m: 64,
    cell_m: 0.25,
    cells: 256,
    layers: [layer("single", [0]), layer("integral", PLANES), layer("thermal", thermal ? PLANES : [])],
    not_observed: null,
    ce90_m: 10,
    synthetic: true,
  };
}

/** A server that is ready at the given question, and keeps what it was asked. */
function server(readyAt = 1, found = chips()) {
  const asked: string[] = [];
  return {
    asked,
    chips: async (site: string): Promise<ChipsAnswer> => {
      asked.push(site);
      return {
        version: 1,
        site_id: site,
        done: asked.length,
        total: 9,
        chips: asked.length < readyAt ? null : found,
      };
    },
  };
}

beforeEach(() => vi.unstubAllGlobals());

test("chips are asked for again until they are there, and the progress is told meanwhile", async () => {
  const from = server(3);
  const feed = new ChipFeed(from, 1, 1);
  const told: (number | undefined)[] = [];
  feed.addEventListener("change", () => told.push(feed.progress?.done));
  feed.show("SIT-1");
  await vi.waitFor(() => expect(feed.chips).not.toBeNull());
  expect(from.asked).toEqual(["SIT-1", "SIT-1", "SIT-1"]);
  expect(told).toContain(2);
  expect(feed.progress).toBeNull();
});

test("triage past a site asks for nothing, and an answer for another site is dropped", async () => {
  const from = server();
  const feed = new ChipFeed(from, 20, 1);
  feed.show("SIT-1");
  feed.show("SIT-2");
  await vi.waitFor(() => expect(feed.chips).not.toBeNull());
  expect(from.asked).toEqual(["SIT-2"]);
});

test("put away, nothing is asked; opened again, it is", async () => {
  const from = server();
  const feed = new ChipFeed(from, 1, 1);
  feed.toggle(false);
  feed.show("SIT-1");
  await new Promise((done) => setTimeout(done, 15));
  expect(from.asked).toEqual([]);
  feed.toggle(true);
  await vi.waitFor(() => expect(feed.chips).not.toBeNull());
});

test("a failure is said and can be tried again", async () => {
  let broken = true;
  const feed = new ChipFeed(
    {
      chips: async (site) => {
        if (broken) {
          throw new ApiError(500, "ExternalError", "no disk");
        }
        return server().chips(site);
      },
    },
    1,
    1,
  );
  feed.show("SIT-1");
  await vi.waitFor(() => expect(feed.failure?.message).toBe("no disk"));
  broken = false;
  feed.retry();
  await vi.waitFor(() => expect(feed.chips).not.toBeNull());
});

test("focus and line stay in their ranges, and the focus goes back to the ground with another site", () => {
  const feed = new ChipFeed(server(), 1, 1);
  feed.show("SIT-1");
  feed.focus(1.3);
  expect(feed.planeM).toBe(1.5);
  feed.moveFocus(99);
  expect(feed.planeM).toBe(4);
  feed.moveFocus(-99);
  expect(feed.planeM).toBe(-4);
  feed.swipe(140);
  expect(feed.divide).toBe(100);
  feed.moveSwipe(-3);
  expect(feed.divide).toBe(70);
  feed.show("SIT-2");
  expect(feed.planeM).toBe(0);
  expect(feed.divide).toBe(70);
});

test("the sides never show the same layer, and the next pair leaves out what is not there", async () => {
  const feed = new ChipFeed(server(), 1, 1);
  feed.show("SIT-1");
  await vi.waitFor(() => expect(feed.chips).not.toBeNull());
  feed.put("left", "integral");
  expect([feed.left, feed.right]).toEqual(["integral", "single"]);
  feed.nextPair();
  expect([feed.left, feed.right]).toEqual(["single", "integral"]);
  expect(feed.has("thermal")).toBe(false);
  feed.chips = chips(true);
  feed.nextPair();
  expect([feed.left, feed.right]).toEqual(["single", "thermal"]);
});

test("a single look is the same on every sheet", async () => {
  const feed = new ChipFeed(server(), 1, 1);
  feed.show("SIT-1");
  await vi.waitFor(() => expect(feed.chips).not.toBeNull());
  feed.focus(1);
  expect([feed.planeOf("single"), feed.planeOf("integral")]).toEqual([0, 1]);
});

test("what was not observed is asked for once it is wanted, for each source anew", async () => {
  const asked: string[] = [];
  const why = { en: "no run", es: "ninguna" };
  const layer = new ObservedLayer({
    observed: async (source): Promise<ObservedAnswer> => {
      asked.push(source);
      return { version: 1, source_id: source, observed: null, why };
    },
  });
  layer.open("a");
  expect(asked).toEqual([]);
  layer.toggle();
  await vi.waitFor(() => expect(layer.answer?.why).toEqual(why));
  layer.toggle();
  layer.toggle();
  layer.open("b");
  await vi.waitFor(() => expect(layer.answer?.source_id).toBe("b"));
  expect(asked).toEqual(["a", "b"]);
});

test("the first evaluation that was not altered is shown", async () => {
  const row = (content: string, altered: boolean) => ({
    content,
    altered,
    claims: [],
    worlds: 1,
    made_by: "v",
  });
  const shown = (content: string): Evaluation => ({
    version: 1,
    content,
    synthetic: "SYNTHETIC",
    body: { en: "<p>", es: "<p>" },
    style: "",
  });
  const feed = new EvaluationFeed({
    evaluations: async () => ({ evaluations: [row("aa", true), row("bb", false), row("cc", false)] }),
    evaluation: async (content) => shown(content),
  });
  await feed.load();
  expect(feed.shown?.content).toBe("bb");
  await feed.choose("cc");
  await feed.load();
  expect(feed.shown?.content).toBe("cc");
});

test("every key of layers and chips has its command", () => {
  const feed = new ChipFeed(server(), 1, 1);
  const observed = new ObservedLayer();
  const layers = { toggleCoverage: vi.fn(), toggleExposure: vi.fn() };
  const commands = lookCommands({ layers, observed, chips: feed } as unknown as Parameters<
    typeof lookCommands
  >[0]);
  const press = (key: string) => {
    const command = commandOf({ key, ctrlKey: false, metaKey: false, altKey: false }, "", false);
    commands[command as keyof typeof commands]();
  };
  press("u");
  press("u");
  press("d");
  expect(feed.planeM).toBe(0.5);
  press("s");
  press("S");
  press("S");
  expect(feed.divide).toBe(40);
  press("n");
  expect(observed.on).toBe(true);
  press("w");
  expect(layers.toggleCoverage).toHaveBeenCalledOnce();
});
