import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "react-aria-components";
import { Choice } from "../elements/fields.js";
import { Fault } from "../elements/problems.js";
import { useAction, usePages } from "../service/queries.js";
import { shareText, useTexts } from "../texts/texts.js";

/** How far the interval of the noise rate may reach to each side. */
const HALF_WIDTHS = ["0.05", "0.03", "0.02", "0.01"] as const;

/** Draws rows at random, flagged and not, whose reviews measure the noise; leads to earlier samples. */
export function SampleCard({
  pruningId,
  datasetId,
}: {
  readonly pruningId: string;
  readonly datasetId: string;
}) {
  const t = useTexts();
  const navigate = useNavigate();
  const [halfWidth, setHalfWidth] = useState<string>(HALF_WIDTHS[0]);
  const samples = usePages("listReviewSamples", { params: { id: datasetId } });
  const draw = useAction("createReviewSample", ["listReviewSamples"]);
  return (
    <section className="card stack">
      <h2>{t("sampleTitle")}</h2>
      <p className="dim">{t("sampleHelp")}</p>
      {samples.items.length > 0 && (
        <ul className="links">
          {samples.items.map(({ id, createdAt, size, reviewed, noiseRate }) => (
            <li key={id}>
              <Link to="/review-samples/$id" params={{ id }}>
                {t.time(createdAt)}
              </Link>{" "}
              <span className="dim">
                {t("sampledOf", { reviewed, size })}
                {noiseRate && ` · ${t("noise")} ${shareText(noiseRate, t)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {draw.error && <Fault error={draw.error} />}
      <div className="fields">
        <Choice
          label={t("exactness")}
          value={halfWidth}
          options={HALF_WIDTHS.map(
            (one) => [one, t("plusMinus", { share: t.percent(Number(one), 0) })] as const,
          )}
          onChange={setHalfWidth}
        />
      </div>
      <div className="actions">
        <Button
          className="button"
          isDisabled={draw.isPending}
          onPress={() =>
            draw.run(
              { params: { id: datasetId }, body: { pruningId, halfWidth: Number(halfWidth) } },
              ({ id }) => navigate({ to: "/review-samples/$id", params: { id } }),
            )
          }
        >
          {t("drawSample")}
        </Button>
      </div>
    </section>
  );
}
