import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "react-aria-components";
import { Choice, TextInput } from "../elements/fields.js";
import { Fault } from "../elements/problems.js";
import { useAction } from "../service/queries.js";
import { type TextKey, useTexts } from "../texts/texts.js";

const SPLITS = ["relabelled", "cleaned"] as const;
type Split = (typeof SPLITS)[number];

/** Makes a dataset of the pruning and what was decided so far, to train on again. */
export function VersionCard({
  pruningId,
  datasetName,
}: {
  readonly pruningId: string;
  readonly datasetName: string;
}) {
  const t = useTexts();
  const navigate = useNavigate();
  const [split, setSplit] = useState<Split>("relabelled");
  const [typed, setTyped] = useState<string | null>(null);
  const name = typed ?? `${datasetName} ${t("versionSuffix")}`;
  const make = useAction("createDatasetIngest", ["listDatasets", "listJobs"]);
  return (
    <section className="card stack">
      <h2>{t("makeVersion")}</h2>
      <p className="dim">{t("makeVersionHelp")}</p>
      <div className="fields">
        <TextInput label={t("datasetName")} value={name} onChange={setTyped} />
        <Choice
          label={t("split")}
          value={split}
          options={SPLITS.map((one) => [one, t(`split-${one}` as TextKey)] as const)}
          onChange={(value) => setSplit(value as Split)}
        />
      </div>
      {make.error && <Fault error={make.error} />}
      <div className="actions">
        <Button
          className="button"
          isDisabled={name.trim() === "" || make.isPending}
          onPress={() =>
            make.run(
              { body: { name: name.trim(), source: { type: "pruning", pruningId, split } } },
              ({ datasetId }) =>
                navigate({ to: "/datasets/$id", params: { id: String(datasetId) } }),
            )
          }
        >
          {t("makeVersion")}
        </Button>
      </div>
    </section>
  );
}
