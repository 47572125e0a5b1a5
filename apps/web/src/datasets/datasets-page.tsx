import { Button } from "react-aria-components";
import { PageHead } from "../elements/page-head.js";
import { Fault } from "../elements/problems.js";
import { usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { DatasetTable } from "./dataset-table.js";

export function DatasetsPage() {
  const t = useTexts();
  const list = usePages("listDatasets", { query: { limit: 100 } });
  return (
    <>
      <PageHead title={t("datasets")} />
      <section className="card">
        {list.error && <Fault error={list.error} retry={() => list.refetch()} />}
        {list.isSuccess && list.items.length === 0 ? (
          <p className="empty">{t("noDatasets")}</p>
        ) : (
          <DatasetTable items={list.items} />
        )}
        {list.hasNextPage && (
          <Button className="button" onPress={() => list.fetchNextPage()}>
            {t("more")}
          </Button>
        )}
      </section>
    </>
  );
}
