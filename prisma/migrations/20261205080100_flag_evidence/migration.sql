-- Why a flag's label is doubted.
CREATE TABLE "flag_evidence" (
    "pruning_key" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "evidence" JSONB NOT NULL,

    CONSTRAINT "flag_evidence_pkey" PRIMARY KEY ("pruning_key","ordinal")
);

ALTER TABLE "flag_evidence" ADD CONSTRAINT "flag_evidence_pruning_key_fkey" FOREIGN KEY ("pruning_key") REFERENCES "prunings"("key") ON DELETE CASCADE ON UPDATE CASCADE;
