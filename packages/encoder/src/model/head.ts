import type { Operations } from "../operations/operations.js";
import type { EncoderConfig } from "./config.js";
import { type Encoded, type ParametersOf, weightOf } from "./forward.js";
import { CNN_WIDTHS } from "./parameters.js";

/** The classifier's logits (B, C) from what the encoder's tap returned. */
export function headLogits<X>(
  config: EncoderConfig,
  parameters: ParametersOf<X>,
  operations: Operations<X>,
  encoded: Encoded<X>,
): X {
  const dense = denseOf(parameters, operations);
  const deep = dense(headFeatures(config, parameters, operations, encoded), "classifier"); // (B, C)
  if (config.head.wideBuckets === 0) return deep;
  return operations.sum(deep, operations.sumOfNgrams(weightOf(parameters, "wide"))); // (B, C)
}

/** The row (B, F) of each text that the classifier reads. */
export function headFeatures<X>(
  { head }: EncoderConfig,
  parameters: ParametersOf<X>,
  operations: Operations<X>,
  { rows, clsOnly, mapped }: Encoded<X>,
): X {
  const dense = denseOf(parameters, operations);
  const cls = (): X => (clsOnly ? rows : operations.firstRows(rows)); // (B, H)
  switch (head.pooling) {
    case "cls":
      return head.tap === "pooler" ? operations.tanh(dense(cls(), "pooler")) : cls(); // (B, H)
    case "cls-mean-embedding":
      return operations.beside(cls(), operations.meanRows(mapped)); // (B, 2 H)
    case "mean":
      return operations.meanRows(rows); // (B, H)
    case "cnn": {
      // Convolutions of several widths over the token rows, the largest output of each filter.
      const real = operations.withoutPadding(rows); // (B * S, H)
      return CNN_WIDTHS.map((span) => {
        const answers = dense(operations.windows(real, span), `cnn${span}`); // (B * S, F)
        return operations.maxOverTime(answers, span); // (B, F)
      }).reduce((all, one) => operations.beside(all, one)); // (B, 3 F)
    }
  }
}

const denseOf =
  <X>(parameters: ParametersOf<X>, operations: Operations<X>) =>
  (x: X, name: string): X =>
    operations.linear(
      x,
      weightOf(parameters, `${name}.kernel`),
      weightOf(parameters, `${name}.bias`),
    );
