import { useNavigate } from "@tanstack/react-router";
import { Button } from "react-aria-components";
import { EarlierJobs } from "../elements/earlier-jobs.js";
import { Fault } from "../elements/problems.js";
import { useAction, usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

/** Asks what cleaning is worth to the next model, and leads to what was found before. */
export function CompareCard({
  pruningId,
  datasetId,
}: {
  readonly pruningId: string;
  readonly datasetId: string;
}) {
  const t = useTexts();
  const navigate = useNavigate();
  const jobs = usePages("listJobs", { query: { kind: "comparison", datasetId, limit: 20 } });
  const before = jobs.items.filter((job) => job.pruningId === pruningId);
  const start = useAction("createComparison", ["listJobs"]);
  return (
    <section className="card stack">
      <h2>{t("compareTitle")}</h2>
      <p className="dim">{t("compareHelp")}</p>
      <EarlierJobs jobs={before} />
      {start.error && <Fault error={start.error} />}
      <div className="actions">
        <Button
          className="button"
          isDisabled={start.isPending}
          onPress={() =>
            start.run({ body: { pruningId } }, ({ id }) =>
              navigate({ to: "/jobs/$id", params: { id } }),
            )
          }
        >
          {t("compare")}
        </Button>
      </div>
    </section>
  );
}
