import { labelLevels } from "@winnow/confident-learning";
import { type FoldTrainingParams, isParentFirst } from "@winnow/contracts";
import { classNames, type Store } from "@winnow/store";

/**
 * The parent of each class, (k), where the run asks for parents first; undefined where it does not, and
 * where the classes are no tree, so that one model of all of them is the same.
 */
export async function classParents(
  store: Store,
  datasetId: string,
  params: Pick<FoldTrainingParams, "model">,
): Promise<Int32Array | undefined> {
  if (!isParentFirst(params)) return undefined;
  const [top, ...below] = labelLevels(await classNames(store, datasetId));
  return below.length > 0 && top!.names.length > 1 ? top!.groupOf : undefined;
}
