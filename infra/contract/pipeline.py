"""The pipeline by the client that openapi-python-client makes: `pipeline.py CLIENT_FOLDER URL [KEY]`."""

import io
import sys
import time

sys.path.insert(0, sys.argv[1])

from winnow_client import AuthenticatedClient, Client
from winnow_client.api.jobs import (
    create_dataset_ingest,
    create_fold_training,
    create_pruning,
    get_job,
)
from winnow_client.api.prunings import get_pruning, list_flags
from winnow_client.api.uploads import create_upload
from winnow_client.models import (
    DatasetIngestParams,
    FoldTrainingParams,
    Job,
    JobState,
    AlbertParamsInput,
    ModelSize,
    PruningParams,
    TrainingParamsInput,
    UploadSource,
)
from winnow_client.types import File

url, keys = sys.argv[2], sys.argv[3:]
client = AuthenticatedClient(url, keys[0]) if keys else Client(url)


def ended(job) -> Job:
    assert isinstance(job, Job), job
    deadline = time.monotonic() + 240
    while job.state in (JobState.QUEUED, JobState.RUNNING):
        assert time.monotonic() < deadline, job
        job = get_job.sync(job.id, client=client, wait=5)
        assert isinstance(job, Job), job
    assert job.state == JobState.SUCCEEDED, job
    return job


words = {"sport": "goal match team", "food": "bread soup cheese", "music": "song band drum"}
rows = [f"{text} {n},{'food' if n % 9 == 0 else label}" for n in range(30) for label, text in words.items()]
content = io.BytesIO("\n".join(["text,label", *rows]).encode())

upload = create_upload.sync(client=client, body=File(payload=content))
ingest = DatasetIngestParams(
    name="contract", source=UploadSource(type_="upload", upload_id=upload.id)
)
dataset = ended(create_dataset_ingest.sync(client=client, body=ingest)).dataset_id
training = FoldTrainingParams(
    dataset_id=dataset,
    folds=2,
    model=AlbertParamsInput(
        preset=ModelSize(hidden_size=8, embedding_size=8, heads=2, intermediate_size=16)
    ),
    training=TrainingParamsInput(epochs=1),
)
run = ended(create_fold_training.sync(client=client, body=training)).cross_validation_id
pruning = ended(
    create_pruning.sync(client=client, body=PruningParams(cross_validation_id=run))
).pruning_id
flagged = get_pruning.sync(pruning, client=client).flagged
flags = list_flags.sync(pruning, client=client, limit=1000).data
assert flagged == len(flags), (flagged, len(flags))
print(f"python: {upload.id}, {dataset}, {run}, {pruning}: {flagged} flags")
