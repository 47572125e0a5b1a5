-- AlterTable
ALTER TABLE "datasets" ADD COLUMN "layout" TEXT;

-- AlterTable
ALTER TABLE "samples" ADD COLUMN "cells" TEXT;
