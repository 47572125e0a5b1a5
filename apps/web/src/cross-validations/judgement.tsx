import { useQuery } from "@tanstack/react-query";
import type { CrossValidation } from "@winnow/contracts";
import { readNpyFloats, readNpyIntegers } from "@winnow/npy";
import { useMemo } from "react";
import { Curves } from "../charts/curves.js";
import { HeatMap } from "../charts/heat-map.js";
import { DownloadLink } from "../elements/download-link.js";
import { Loaded } from "../elements/parts.js";
import { service } from "../service/client.js";
import { useAll } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { type Judged, judge } from "./judge.js";

/** What a browser should load for two pictures: 40 MB of float32. */
const MOST_VALUES = 10_000_000;

/** Whether the model's confidence can be believed, and which labels it contradicts. */
export function Judgement({ run }: { readonly run: CrossValidation }) {
  const t = useTexts();
  const { id, rows, classes, datasetId } = run;
  const isSmall = rows * classes <= MOST_VALUES;
  const names = useAll("listDatasetClasses", { params: { id: datasetId } });
  const judged = useQuery({
    queryKey: ["judged", id],
    enabled: isSmall,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const part = async (name: "probabilities" | "labels") => {
        const input = { params: { id }, query: { part: name }, signal };
        const stream = await service().download("getProbabilities", input);
        return [new Uint8Array(await new Response(stream).arrayBuffer())];
      };
      const [probabilities, labels] = [await part("probabilities"), await part("labels")];
      const { values } = await readNpyFloats(probabilities);
      return judge(values, await readNpyIntegers(labels), classes);
    },
  });
  return (
    <>
      {isSmall && (
        <Loaded from={judged}>
          {(data) => (
            <div className="grid-2">
              <Reliability judged={data} />
              <Confusion judged={data} names={(names.data ?? []).map(({ name }) => name)} />
            </div>
          )}
        </Loaded>
      )}
      <section className="card spread">
        <p className="dim">
          {isSmall ? t("probabilitiesHelp") : t("tooLarge", { limit: MOST_VALUES })}
        </p>
        <DownloadLink
          route="getProbabilities"
          input={{ params: { id } }}
          file={`probabilities-${id}.npy`}
          text={t("downloadProbabilities")}
        />
      </section>
    </>
  );
}

function Reliability({ judged }: { readonly judged: Judged }) {
  const t = useTexts();
  const { x, curves } = useMemo(() => {
    const bins = judged.bins.filter((bin) => bin !== null);
    const places = bins.map(({ confidence }) => confidence);
    return {
      x: places,
      curves: [
        { name: t("share"), y: bins.map(({ agreement }) => agreement) },
        { name: t("asConfident"), y: places, isDashed: true },
      ],
    };
  }, [judged, t]);
  const format = useMemo(() => (value: number) => t.percent(value, 0), [t]);
  return (
    <section className="card">
      <h2>{t("reliability")}</h2>
      <p className="dim">{t("reliabilityHelp")}</p>
      <Curves
        x={x}
        xName={t("confidence")}
        curves={curves}
        label={t("reliability")}
        format={format}
        isShares
      />
    </section>
  );
}

function Confusion({
  judged,
  names,
}: {
  readonly judged: Judged;
  readonly names: readonly string[];
}) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("confusion")}</h2>
      <HeatMap
        values={judged.confusion}
        names={names}
        label={t("confusion")}
        rowAxis={t("given")}
        columnAxis={t("predicted")}
        sayCell={({ row, column }, count) =>
          t("jointCell", { given: names[row] ?? row, suggested: names[column] ?? column, count })
        }
      />
    </section>
  );
}
