import { useNavigate } from "@tanstack/react-router";
import { Button } from "react-aria-components";
import { EarlierJobs } from "../elements/earlier-jobs.js";
import { Fault } from "../elements/problems.js";
import { useAction, usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

/** Looks for what else is wrong with the rows of a run, and leads to what was found before. */
export function FindMore({
  crossValidationId,
  datasetId,
}: {
  readonly crossValidationId: string;
  readonly datasetId: string;
}) {
  const t = useTexts();
  const navigate = useNavigate();
  const jobs = usePages("listJobs", { query: { kind: "findings", datasetId, limit: 20 } });
  const before = jobs.items.filter((job) => job.crossValidationId === crossValidationId);
  const start = useAction("createFindings", ["listJobs"]);
  return (
    <section className="card stack">
      <h2>{t("findMoreTitle")}</h2>
      <p className="dim">{t("findMoreHelp")}</p>
      <EarlierJobs jobs={before} />
      {start.error && <Fault error={start.error} />}
      <div className="actions">
        <Button
          className="button"
          isDisabled={start.isPending}
          onPress={() =>
            start.run({ body: { crossValidationId } }, ({ id }) =>
              navigate({ to: "/jobs/$id", params: { id } }),
            )
          }
        >
          {t("findMore")}
        </Button>
      </div>
    </section>
  );
}
