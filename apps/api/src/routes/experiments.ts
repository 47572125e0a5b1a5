import { readExperiment } from "@winnow/store";
import { experimentPicture } from "../downloads/experiment-picture.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** What experiments have measured. */
export function experimentHandlers({ store }: Deps) {
  return {
    getExperiment: ({ params }) => readExperiment(store, params.id),
    async getExperimentPicture({ params }, reply) {
      const picture = experimentPicture(await readExperiment(store, params.id));
      return reply.type("image/svg+xml").send(picture);
    },
  } satisfies Partial<Handlers>;
}
