import { Link } from "@tanstack/react-router";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

/** To a dataset, by its name. */
export function DatasetLink({ id, tab }: { readonly id: string; readonly tab?: string }) {
  const t = useTexts();
  const dataset = useCall("getDataset", { params: { id } });
  return (
    <Link to="/datasets/$id" params={{ id }} search={tab === undefined ? {} : { tab }}>
      {dataset.data?.name ?? t("dataset")}
    </Link>
  );
}
