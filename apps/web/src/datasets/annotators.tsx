import type { AnnotatorFigures, AnnotatorProfile } from "@winnow/contracts";
import { TableBox } from "../elements/table-box.js";
import { useTexts } from "../texts/texts.js";

const SHOWN = 20;

/** How far the annotators of a dataset agree, the worst of them first. */
export function Annotators({ profile }: { readonly profile: AnnotatorProfile }) {
  const t = useTexts();
  const { consensus } = profile;
  const people = [...profile.annotators].sort((a, b) => goodness(a) - goodness(b));
  const reviewers = consensus?.reviewers ? [consensus.reviewers] : [];
  return (
    <section className="card">
      <h2>{t("annotators")}</h2>
      <p>
        {t("annotatorsDisagree", {
          count: t.number(profile.disagreeing),
          rows: t.number(profile.severalVotes),
          alpha: profile.alpha === null ? "–" : t.number(profile.alpha, 3),
        })}
      </p>
      <TableBox label={t("annotators")}>
        <table>
          <thead>
            <tr>
              <th>{t("annotator")}</th>
              <th className="number">{t("annotatorLabels")}</th>
              <th className="number">{t("annotatorWithLabel")}</th>
              <th className="number">{t("annotatorWithOthers")}</th>
              {consensus && <th className="number">{t("annotatorQuality")}</th>}
            </tr>
          </thead>
          <tbody>
            {[...people.slice(0, SHOWN), ...reviewers].map((one) => (
              <tr key={one.name}>
                <td className="theirs">{one.name}</td>
                <td className="number">{t.number(one.votes)}</td>
                <td className="number">{t.percent(one.agreementWithLabel)}</td>
                <td className="number">{t.percent(one.agreementWithOthers)}</td>
                {consensus && <td className="number">{t.percent(one.quality)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

const goodness = ({ quality, agreementWithLabel }: AnnotatorFigures): number =>
  quality ?? agreementWithLabel ?? 2;
