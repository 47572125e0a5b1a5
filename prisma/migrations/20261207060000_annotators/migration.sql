-- The labels of several annotators, and how probable a consensus of them is.
ALTER TABLE "samples" ADD COLUMN "votes" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
ADD COLUMN "label_quality" REAL;
