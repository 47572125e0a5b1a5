# Generated from the OpenAPI document by `npm run check:python -- --write`.

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict

Activation: TypeAlias = Literal['gelu', 'gelu-tanh', 'relu']


class AnnotatorExperiment(TypedDict, closed=True):
    type: Literal['annotators']


class AnnotatorFigures(TypedDict, closed=True):
    name: str
    votes: int
    agreementWithLabel: float | None
    agreementWithOthers: float | None
    quality: NotRequired[float | None]
    weight: NotRequired[float]
    worstClass: NotRequired[str | None]


class AnnotatorNoise(TypedDict, closed=True):
    type: Literal['annotators']
    rate: NotRequired[float]
    seed: NotRequired[int]


class AuditEntry(TypedDict, closed=True):
    id: str
    createdAt: str
    keyId: str | None
    action: str
    resource: str | None
    outcome: str
    requestId: str | None
    user: str | None


class AuditEntryPage(TypedDict, closed=True):
    data: list[AuditEntry]
    hasMore: bool
    nextCursor: str | None


class AveragePrecision(TypedDict, closed=True):
    normalizedMargin: float | None
    posterior: float | None
    errorOdds: float | None


Backend: TypeAlias = Literal['auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm']


class CancelReport(TypedDict, closed=True):
    matched: int
    cancelled: int
    cancelling: int
    ended: int
    remaining: int


CheckpointFormat: TypeAlias = Literal['safetensors', 'tensorflow-bundle', 'pytorch']


class CheckpointSource(TypedDict, closed=True):
    path: str
    format: NotRequired[CheckpointFormat]


ClassAlias = TypedDict(
    'ClassAlias',
    {
        'from': str,
        'to': str,
    },
    closed=True,
)


class ClassCount(TypedDict):
    index: int
    name: str
    count: int


class ClassDiff(TypedDict, closed=True):
    name: str
    before: int
    after: int
    relabelledTo: int
    relabelledFrom: int
    dropped: int
    added: int


Rate: TypeAlias = float


class ClassNoise(TypedDict, closed=True):
    type: Literal['by-class']
    rates: list[Rate]
    seed: NotRequired[int]


class ClassProbability(TypedDict, closed=True):
    label: str
    probability: float


ClassWeights: TypeAlias = Literal['none', 'balanced']


Collision: TypeAlias = Literal['cleanlab', 'paper']


Column: TypeAlias = str | int


ColumnRole: TypeAlias = Literal['text', 'label', 'id', 'trueLabel']


ColumnType: TypeAlias = Literal['text', 'integer', 'number', 'boolean', 'json']


class ColumnValue(TypedDict, closed=True):
    name: str
    value: Any


CrossValidationId: TypeAlias = str


CurveItem: TypeAlias = float


class ComparisonParams(TypedDict, closed=True):
    pruningId: str
    testDatasetId: NotRequired[str]
    folds: NotRequired[int]
    seed: NotRequired[int]
    curve: NotRequired[list[CurveItem]]


ConsensusReviews: TypeAlias = Literal['follow', 'ignore']


class ConsensusSource(TypedDict, closed=True):
    type: Literal['consensus']
    crossValidationId: str
    reviews: NotRequired[ConsensusReviews]


class ConstantSchedule(TypedDict, closed=True):
    type: Literal['constant']


CrossValidationState: TypeAlias = Literal['training', 'ready', 'failed']


class DatasetClass(TypedDict, closed=True):
    index: int
    name: str
    count: int


class DatasetClassPage(TypedDict, closed=True):
    data: list[DatasetClass]
    hasMore: bool
    nextCursor: str | None


class DatasetColumn(TypedDict, closed=True):
    name: str
    type: ColumnType
    role: ColumnRole | None


class DatasetDiff(TypedDict, closed=True):
    datasetId: str
    againstId: str
    unchanged: int
    relabelled: int
    dropped: int
    added: int
    classes: list[ClassDiff]


LabelName: TypeAlias = str


DatasetState: TypeAlias = Literal['ingesting', 'ready', 'failed']


Decay: TypeAlias = Literal['linear', 'cosine']


class DecaySchedule(TypedDict, closed=True):
    type: Decay
    warmupSteps: int
    end: float


class DecayScheduleInput(TypedDict, closed=True):
    type: Decay
    warmupSteps: NotRequired[int]
    end: NotRequired[float]


class Deletion(TypedDict, closed=True):
    id: str
    name: str | None
    samples: int
    crossValidations: list[str]
    prunings: list[str]
    flags: int
    bytes: int


DeliveryState: TypeAlias = Literal['pending', 'delivered', 'dead']


DiffChange: TypeAlias = Literal['relabelled', 'dropped', 'added']


class DiffRow(TypedDict, closed=True):
    change: DiffChange
    ordinal: int | None
    againstOrdinal: int | None
    line: int
    text: str
    before: str | None
    after: str | None


class DiffRowPage(TypedDict, closed=True):
    data: list[DiffRow]
    hasMore: bool
    nextCursor: str | None


class DissentingPair(TypedDict, closed=True):
    label: str
    vote: str
    count: int


DuplicatePolicy: TypeAlias = Literal['keep', 'first']


class EmbeddingSource(TypedDict, closed=True):
    uploadId: str
    array: NotRequired[str]
    ids: NotRequired[str]
    idsArray: NotRequired[str]


EmbeddingStart: TypeAlias = Literal['ppmi-svd', 'random']


class EpochCandidate(TypedDict, closed=True):
    epoch: int
    loss: float
    accuracy: float


EpochChoice: TypeAlias = Literal['vote', 'fold', 'last']


class EpochMetrics(TypedDict):
    epoch: int
    trainLoss: float | None
    heldOutLoss: float | None
    heldOutAccuracy: float | None


class EpochVote(TypedDict, closed=True):
    choice: EpochChoice
    epoch: int | None
    candidates: list[EpochCandidate]


ErrorCode: TypeAlias = Literal[
    'validation-failed',
    'malformed-json',
    'invalid-cursor',
    'route-not-found',
    'method-not-allowed',
    'method-unknown',
    'request-timeout',
    'headers-too-large',
    'payload-too-large',
    'unsupported-media-type',
    'internal',
    'overloaded',
    'not-ready',
    'database-read-only',
    'storage-full',
    'unauthenticated',
    'forbidden',
    'rate-limited',
    'quota-exceeded',
    'api-key-not-found',
    'idempotency-key-reuse',
    'idempotency-in-flight',
    'job-not-found',
    'dataset-not-found',
    'cross-validation-not-found',
    'pruning-not-found',
    'experiment-not-found',
    'model-not-found',
    'upload-not-found',
    'webhook-not-found',
    'webhook-delivery-not-found',
    'upload-incomplete',
    'upload-conflict',
    'dataset-not-ready',
    'dataset-in-use',
    'cross-validation-in-use',
    'pruning-in-use',
    'upload-in-use',
    'cross-validation-not-finished',
    'findings-not-found',
    'member-not-found',
    'pruning-not-finished',
    'review-conflict',
    'review-sample-not-found',
    'reviews-changed',
    'reviews-unconfirmed',
    'nothing-to-undo',
    'webhook-disabled',
    'too-many-webhooks',
    'job-not-retryable',
    'folds-exceed-rows',
    'cross-validations-differ',
    'single-class',
    'invalid-parameters',
    'source-not-allowed',
    'not-implemented',
    'upload-empty',
    'empty-file',
    'binary-file',
    'unsupported-file',
    'format-unclear',
    'column-not-found',
    'bad-gzip',
    'decompressed-too-large',
    'file-too-costly',
    'no-rows-kept',
    'unwritable-rows',
    'ids-too-long',
    'bad-npy',
    'corpus-invalid',
    'invalid-probabilities',
    'classes-mismatch',
    'class-order',
    'checkpoint-refused',
    'endpoint-refused',
    'endpoint-unavailable',
    'backend-unavailable',
    'device-failed',
    'training-failed',
    'out-of-memory',
    'task-crashed',
]


EscapeStyle: TypeAlias = Literal['doubled', 'backslash']


class EvidencePart(TypedDict, closed=True):
    ngram: str
    weight: float


EvidenceState: TypeAlias = Literal['complete', 'no-quick-model', 'not-asked']


ExperimentCellState: TypeAlias = Literal['waiting', 'running', 'finished']


class ExperimentFigures(TypedDict, closed=True):
    pruning: int
    rows: int
    flagged: int
    errors: int
    noiseRate: float
    estimatedNoiseRate: float
    precision: float | None
    recall: float | None
    f1: float | None
    averagePrecision: float | None
    totalVariation: float | None


ExperimentKeep: TypeAlias = Literal['nothing', 'datasets']


Seed: TypeAlias = int


ExperimentRate: TypeAlias = float


ExportColumns: TypeAlias = Literal['winnow', 'source', 'all']


ExportFormat: TypeAlias = Literal[
    'jsonl',
    'json',
    'csv',
    'tsv',
    'toutiao-multilevel',
    'toutiao',
    'fasttext',
    'parquet',
    'source',
]


ExportSplit: TypeAlias = Literal['cleaned', 'noise', 'relabelled', 'soft', 'all']


class FieldError(TypedDict, closed=True):
    pointer: str
    detail: str
    line: NotRequired[int]
    reason: NotRequired[str]
    fix: NotRequired[str]


class FindingsParams(TypedDict, closed=True):
    crossValidationId: str
    most: NotRequired[int]


FlagListOrder: TypeAlias = Literal['rank', 'ordinal', 'stability']


FlagMethod: TypeAlias = Literal[
    'prune_by_noise_rate',
    'prune_by_class',
    'both',
    'confident_learning',
    'predicted_neq_given',
    'low_self_confidence',
    'low_normalized_margin',
    'argmax',
    'confusion',
    'calibrated_confusion',
    'posterior',
    'error_odds',
]


class FlagQuality(TypedDict, closed=True):
    rows: int
    errors: int
    noiseRate: float
    precision: float | None
    recall: float | None
    f1: float | None
    averagePrecision: AveragePrecision | None
    totalVariation: float | None


FormatType: TypeAlias = Literal[
    'toutiao-multilevel',
    'toutiao',
    'csv',
    'tsv',
    'jsonl',
    'delimited',
    'parquet',
    'fasttext',
    'json',
    'xlsx',
]


class FoundOutlier(TypedDict, closed=True):
    ordinal: int
    line: int
    label: str
    text: str
    score: float
    suggested: str


class FoundOutlierPage(TypedDict, closed=True):
    data: list[FoundOutlier]
    hasMore: bool
    nextCursor: str | None


class FoundRow(TypedDict, closed=True):
    ordinal: int
    line: int
    label: str
    text: str


HeadPooling: TypeAlias = Literal['cls', 'cls-mean-embedding', 'mean', 'cnn']


HeadTap: TypeAlias = Literal[
    'block', 'attention-norm', 'feed-forward', 'last', 'pooler'
]


class Health(TypedDict, closed=True):
    status: Literal['ok']
    version: str


HierarchyUse: TypeAlias = Literal['ignore', 'weight', 'level-1-first']


class Interval(TypedDict, closed=True):
    low: float
    high: float


class JobEstimate(TypedDict, closed=True):
    rows: int | None
    folds: int | None
    steps: int | None
    seconds: float | None
    peakMemoryBytes: int | None
    gpuMemoryBytes: int | None
    storageBytes: int | None


JobEventType: TypeAlias = Literal['state', 'progress', 'metric', 'log']


JobKind: TypeAlias = Literal[
    'combination',
    'dataset-ingest',
    'fold-training',
    'probability-import',
    'pruning',
    'experiment',
    'comparison',
    'findings',
]


class JobLinks(TypedDict, closed=True):
    self: str
    events: str
    cancel: str


class JobProgress(TypedDict, closed=True):
    done: float
    total: float | None
    unit: str


JobState: TypeAlias = Literal[
    'queued', 'running', 'cancelling', 'cancelled', 'succeeded', 'failed'
]


class JobValidation(TypedDict, closed=True):
    valid: Literal[True]
    estimate: JobEstimate


class Joint(TypedDict, closed=True):
    classes: list[str]
    confidentJoint: list[list[float]]
    joint: list[list[float]]
    trueJoint: list[list[float]] | None


KeptColumns: TypeAlias = Literal['keep', 'none']


class LabelConflict(TypedDict, closed=True):
    text: str
    line: int
    labels: list[str]


class LabelCount(TypedDict, closed=True):
    label: str
    rows: int


class LabelNoiseInterval(TypedDict, closed=True):
    low: float
    high: float


class LevelClass(TypedDict, closed=True):
    name: str
    given: int
    labelNoise: float
    accuracy: float | None


class LevelReport(TypedDict, closed=True):
    level: int
    noiseRate: float
    accuracy: float
    classes: list[LevelClass]
    joint: list[list[float]] | None


class MeanOverSeeds(TypedDict, closed=True):
    mean: float
    low: float | None
    high: float | None


MetOrder: TypeAlias = Literal['worst', 'posterior', 'random', 'sample']


class ModelFile(TypedDict, closed=True):
    name: str
    bytes: int
    href: str


ModelFileName: TypeAlias = Literal[
    'config.json', 'vocab.txt', 'tokenizer_config.json', 'model.safetensors'
]


ModelLevels: TypeAlias = Literal['flat', 'parent-first']


ModelPreset: TypeAlias = Literal['albert-tiny', 'albert-small', 'albert-base']


class ModelSize(TypedDict, closed=True):
    hiddenSize: int
    embeddingSize: int
    layers: int
    heads: int
    intermediateSize: int


class ModelSizeInput(TypedDict, closed=True):
    hiddenSize: int
    embeddingSize: NotRequired[int]
    layers: NotRequired[int]
    heads: NotRequired[int]
    intermediateSize: int


NearDuplicateFolds: TypeAlias = Literal['ignore', 'together']


class NearDuplicateGroup(TypedDict, closed=True):
    rows: int
    texts: list[str]
    labels: list[str]


class NearDuplicateProfile(TypedDict, closed=True):
    groups: int
    rows: int
    conflictingGroups: int
    largest: list[NearDuplicateGroup]


NearDuplicateReport: TypeAlias = Literal['auto', 'report', 'ignore']


class NearRow(TypedDict, closed=True):
    ordinal: int
    label: str
    similarity: float


NoiseMatrixRowItem: TypeAlias = float


NoiseMatrixRow: TypeAlias = list[NoiseMatrixRowItem]


class NoiseReadings(TypedDict, closed=True):
    confidentRows: float
    confidentJoint: float
    fittedMatrix: float | None
    doubt: float


NormalizedLabel = TypedDict(
    'NormalizedLabel',
    {
        'from': str,
        'to': str,
        'count': int,
    },
    closed=True,
)


OpenJobState: TypeAlias = Literal['queued', 'running']


Optimizer: TypeAlias = Literal['adam', 'adamw']


class PairExperiment(TypedDict, closed=True):
    type: Literal['pair']
    pairs: NotRequired[list[ClassAlias]]
    pruningId: NotRequired[str]


class PairNoise(TypedDict, closed=True):
    type: Literal['pair']
    rate: float
    pairs: NotRequired[list[ClassAlias]]
    seed: NotRequired[int]


class ParentSource(TypedDict, closed=True):
    type: Literal['dataset']
    datasetId: str


class PathSource(TypedDict, closed=True):
    type: Literal['path']
    path: str


PosteriorCount: TypeAlias = Literal['prune_by_noise_rate', 'argmax']


class PretrainingParams(TypedDict, closed=True):
    epochs: int
    batchSize: int
    learningRate: float


class PretrainingParamsInput(TypedDict, closed=True):
    epochs: NotRequired[int]
    batchSize: NotRequired[int]
    learningRate: NotRequired[float]


class PreviewClass(TypedDict, closed=True):
    name: str
    count: int


class PreviewProblem(TypedDict, closed=True):
    code: str
    message: str


class PreviewReject(TypedDict, closed=True):
    line: int
    reason: str
    detail: str
    excerpt: str


class PreviewSample(TypedDict):
    line: int
    text: str
    label: str


Class: TypeAlias = str


ProbabilityPart: TypeAlias = Literal['probabilities', 'labels', 'folds', 'ids']


class Proportion(TypedDict, closed=True):
    estimate: float
    low: float
    high: float
    method: Literal['wilson']


class PruningClass(TypedDict, closed=True):
    index: int
    name: str
    given: int
    flagged: int
    labelNoise: float
    inverseLabelNoise: float
    labelNoiseInterval: LabelNoiseInterval
    labelQuality: float
    trueLabelNoise: float | None
    trueInverseLabelNoise: float | None


class PruningClassPage(TypedDict, closed=True):
    data: list[PruningClass]
    hasMore: bool
    nextCursor: str | None


NumToRemovePerClassItem: TypeAlias = int


class PruningPair(TypedDict, closed=True):
    given: str
    suggested: str
    joint: float
    examples: float


class PruningPairPage(TypedDict, closed=True):
    data: list[PruningPair]
    hasMore: bool
    nextCursor: str | None


PruningScope: TypeAlias = Literal['dataset', 'fold']


PruningState: TypeAlias = Literal['pending', 'ready', 'failed']


QuoteStyle: TypeAlias = Literal['double', 'none']


class RandomReviews(TypedDict, closed=True):
    confirmed: int
    rejected: int
    precision: Proportion | None


class ReadinessCheck(TypedDict, closed=True):
    name: str
    ok: bool
    detail: str | None


ReadinessStatus: TypeAlias = Literal['ready', 'not-ready']


class ReceiptCrossValidation(TypedDict, closed=True):
    id: str
    folds: int
    seed: float
    configuration: dict[str, Any]
    backend: dict[str, Any] | None
    winnow: NotRequired[str | None]
    accuracy: float | None
    split: str
    probabilities: str


class ReceiptDataset(TypedDict, closed=True):
    id: str
    name: str
    rows: int
    file: str | None
    contents: str


class ReceiptFile(TypedDict, closed=True):
    path: str
    bytes: int
    sha256: str


class ReceiptPruning(TypedDict, closed=True):
    id: str
    parameters: dict[str, Any]
    winnow: NotRequired[str | None]
    flagged: int
    droppedByReview: NotRequired[int]
    flags: str


class ReceiptTable(TypedDict, closed=True):
    name: str
    rows: int
    files: list[ReceiptFile]


Recipe: TypeAlias = Literal['scratch', 'fine-tune']


class Reject(TypedDict, closed=True):
    line: int
    reason: str
    detail: str
    excerpt: str


class RejectCount(TypedDict, closed=True):
    reason: str
    count: int


class RejectPage(TypedDict, closed=True):
    data: list[Reject]
    hasMore: bool
    nextCursor: str | None


RequestedFormatType: TypeAlias = Literal[
    'auto',
    'toutiao-multilevel',
    'toutiao',
    'csv',
    'tsv',
    'jsonl',
    'delimited',
    'parquet',
    'fasttext',
    'json',
    'xlsx',
]


class ResourceUser(TypedDict, closed=True):
    id: str
    kind: str
    state: str


class ReviewAction(TypedDict, closed=True):
    id: str
    datasetId: str
    version: int
    rows: int
    by: str | None
    pruningId: str | None
    order: MetOrder | None
    createdAt: str
    undoneAt: str | None


ReviewOrder: TypeAlias = Literal['worst', 'posterior', 'random']


class ReviewResult(TypedDict, closed=True):
    action: ReviewAction | None
    rows: int
    replaced: int
    etag: str


class ReviewSampleParams(TypedDict, closed=True):
    pruningId: str
    size: NotRequired[int]
    halfWidth: NotRequired[float]
    seed: NotRequired[int]


ReviewState: TypeAlias = Literal['pending', 'decided', 'unsure', 'any']


ReviewUse: TypeAlias = Literal['follow', 'ignore']


ReviewView: TypeAlias = Literal['present', 'history']


class ReviewedAtRandom(TypedDict, closed=True):
    rows: int
    wrong: int


class RowRelabel(TypedDict, closed=True):
    ordinal: int
    verdict: Literal['relabel']
    label: str
    version: NotRequired[int]


RunMember: TypeAlias = Literal[
    'network', 'linear', 'quick', 'second', 'vectors', 'vectors-second'
]


class SampleStratum(TypedDict, closed=True):
    flagged: bool
    rows: int
    sampled: int
    reviewed: int
    counted: int
    wrong: int
    right: int
    unsure: int


SampledShareMethod: TypeAlias = Literal[
    'clopper-pearson', 'square-and-add', 'joint-bounds'
]


class SamplingParams(TypedDict, closed=True):
    perClass: int
    seed: NotRequired[int]


ScheduleMultiplier: TypeAlias = float


ScheduleStep: TypeAlias = int


ScoreOrder: TypeAlias = Literal[
    'normalized_margin',
    'prob_given_label',
    'self_confidence',
    'confidence_weighted_entropy',
    'posterior',
    'error_odds',
]


Semantics: TypeAlias = Literal['cleanlab-1.0.1', 'cleanlab-2']


SeveralLabels: TypeAlias = Literal['first', 'deepest', 'drop-multiple', 'all']


ShortPaths: TypeAlias = Literal['keep', 'drop']


SimilarClasses = TypedDict(
    'SimilarClasses',
    {
        'from': str,
        'to': str,
        'fromCount': int,
        'toCount': int,
    },
    closed=True,
)


SimilarNames = TypedDict(
    'SimilarNames',
    {
        'from': str,
        'to': str,
    },
)


class StabilityVoter(TypedDict, closed=True):
    crossValidationId: str
    member: RunMember | None


SuggestionSource: TypeAlias = Literal['argmax', 'posterior']


class SymmetricExperiment(TypedDict, closed=True):
    type: Literal['symmetric']


class SymmetricNoise(TypedDict, closed=True):
    type: Literal['symmetric']
    rate: float
    seed: NotRequired[int]


TaskState: TypeAlias = Literal['queued', 'running', 'cancelled', 'succeeded', 'failed']


TextEncoding: TypeAlias = Literal[
    'utf-8',
    'utf-16',
    'utf-16le',
    'utf-16be',
    'gb18030',
    'big5',
    'shift_jis',
    'euc-jp',
    'euc-kr',
    'windows-1250',
    'windows-1251',
    'windows-1252',
    'windows-1253',
    'windows-1254',
    'windows-1255',
    'windows-1256',
    'windows-1257',
    'windows-1258',
    'windows-874',
    'iso-8859-2',
    'iso-8859-5',
    'iso-8859-7',
    'iso-8859-15',
    'koi8-r',
    'koi8-u',
    'macintosh',
    'ibm850',
    'ibm866',
]


class TextLengths(TypedDict):
    min: float
    p5: float
    median: float
    p95: float
    p99: float
    max: float
    mean: float


ToutiaoField: TypeAlias = Literal['keywords', 'label']


ToutiaoText: TypeAlias = Literal['title', 'title-keywords']


class UndoParams(TypedDict, closed=True):
    actionId: NotRequired[str]


UnknownWords: TypeAlias = Literal['word', 'piece']


UnwritableRows: TypeAlias = Literal['refuse', 'clean']


class Upload(TypedDict, closed=True):
    id: str
    bytes: int
    received: int
    sha256: str | None
    createdAt: str


class UploadSource(TypedDict, closed=True):
    type: Literal['upload']
    uploadId: str


class UploadedTargets(TypedDict, closed=True):
    type: Literal['upload']
    uploadId: str
    array: NotRequired[str]
    classes: NotRequired[str | list[Class]]
    force: bool


class UploadedTargetsInput(TypedDict, closed=True):
    type: Literal['upload']
    uploadId: str
    array: NotRequired[str]
    classes: NotRequired[str | list[Class]]
    force: NotRequired[bool]


class UrlSource(TypedDict, closed=True):
    type: Literal['url']
    url: str


VectorPooling: TypeAlias = Literal['mean', 'cls']


Verdict: TypeAlias = Literal['keep', 'relabel', 'drop', 'unsure']


VerdictWithoutLabel: TypeAlias = Literal['keep', 'drop', 'unsure']


class VersionOrigin(TypedDict, closed=True):
    pruningId: str
    split: str
    reviews: ReviewUse


VersionSplit: TypeAlias = Literal['cleaned', 'relabelled']


class VocabularyParams(TypedDict, closed=True):
    maxSize: int
    minCount: int


class VocabularyParamsInput(TypedDict, closed=True):
    maxSize: NotRequired[int]
    minCount: NotRequired[int]


class Vote(TypedDict, closed=True):
    annotator: str
    label: str


class WarmUpSchedule(TypedDict, closed=True):
    type: Literal['warm-up']
    warmupSteps: int


class WarmUpScheduleInput(TypedDict, closed=True):
    type: Literal['warm-up']
    warmupSteps: NotRequired[int]


class Warning(TypedDict, closed=True):
    code: str
    message: str


WebhookEvent: TypeAlias = Literal['job.succeeded', 'job.failed', 'job.cancelled']


WebhookMessageType: TypeAlias = Literal[
    'job.succeeded', 'job.failed', 'job.cancelled', 'ping'
]


class WebhookParams(TypedDict, closed=True):
    url: str
    events: NotRequired[list[WebhookEvent]]
    kinds: NotRequired[list[JobKind]]
    description: NotRequired[str]


WebhookState: TypeAlias = Literal['enabled', 'disabled']


class WebhookWithSecret(TypedDict, closed=True):
    id: str
    url: str | None
    events: list[WebhookEvent]
    kinds: list[JobKind]
    description: str
    state: WebhookState
    disabledReason: str | None
    failingSince: str | None
    createdAt: str
    secret: str


class BertHeadParams(TypedDict, closed=True):
    tap: HeadTap
    pooling: NotRequired[HeadPooling]
    layer: int
    wideBuckets: int


class BertHeadParamsInput(TypedDict, closed=True):
    tap: NotRequired[HeadTap]
    pooling: NotRequired[HeadPooling]
    layer: NotRequired[int]
    wideBuckets: NotRequired[int]


class BertTokenizerParams(TypedDict, closed=True):
    unknown: UnknownWords
    lowerCase: NotRequired[bool]


class BertTokenizerParamsInput(TypedDict, closed=True):
    unknown: NotRequired[UnknownWords]
    lowerCase: NotRequired[bool]


class CancelFilter(TypedDict, closed=True):
    state: NotRequired[OpenJobState]
    kind: NotRequired[JobKind]
    datasetId: NotRequired[str]
    crossValidationId: NotRequired[str]
    createdBefore: NotRequired[str]


class ConflictingGroup(TypedDict, closed=True):
    score: float
    size: int
    labels: list[LabelCount]
    rows: list[FoundRow]


class ConflictingGroupPage(TypedDict, closed=True):
    data: list[ConflictingGroup]
    hasMore: bool
    nextCursor: str | None


class ConsensusOrigin(TypedDict, closed=True):
    crossValidationId: str
    reviews: ConsensusReviews


class ConsensusProfile(TypedDict, closed=True):
    crossValidationId: str
    reviews: ConsensusReviews
    modelWeight: float
    meanQuality: float
    changed: int
    reviewers: AnnotatorFigures | None


class Dataset(TypedDict, closed=True):
    id: str
    name: str
    state: DatasetState
    rows: int | None
    rejected: int | None
    classes: int | None
    hasTrueLabels: bool
    annotators: int
    sha256: str | None
    parentId: str | None
    version: VersionOrigin | None
    consensus: ConsensusOrigin | None
    sameFileAs: list[str]
    format: str | None
    columns: list[DatasetColumn]
    createdAt: str


class DatasetFormat(TypedDict, closed=True):
    type: FormatType
    textColumn: NotRequired[Column]
    labelColumn: NotRequired[Column]
    idColumn: NotRequired[Column]
    trueLabelColumn: NotRequired[Column]
    annotatorColumns: NotRequired[list[Column]]
    annotatorColumn: NotRequired[Column]
    delimiter: NotRequired[str]
    quote: NotRequired[QuoteStyle]
    escape: NotRequired[EscapeStyle]
    header: NotRequired[bool]
    labelNames: NotRequired[list[LabelName]]
    records: NotRequired[str]
    sheet: NotRequired[str | int]
    labelSeparator: NotRequired[str]
    labelLists: NotRequired[bool]
    encoding: NotRequired[TextEncoding]
    text: NotRequired[ToutiaoText]
    required: NotRequired[list[ToutiaoField]]
    formulaGuard: NotRequired[bool]


class DatasetPage(TypedDict, closed=True):
    data: list[Dataset]
    hasMore: bool
    nextCursor: str | None


class DuplicateProfile(TypedDict):
    texts: int
    conflictingTexts: int
    examples: NotRequired[list[LabelConflict]]


class EncoderSource(TypedDict, closed=True):
    checkpoint: CheckpointSource
    pooling: VectorPooling
    maxLength: NotRequired[int]
    static: bool


class EncoderSourceInput(TypedDict, closed=True):
    checkpoint: CheckpointSource
    pooling: NotRequired[VectorPooling]
    maxLength: NotRequired[int]
    static: NotRequired[bool]


class ExperimentCell(TypedDict, closed=True):
    noise: int
    type: str
    rate: float | None
    seed: int
    state: ExperimentCellState
    jobs: list[str]
    datasetId: str | None
    crossValidationId: str | None
    pruningIds: list[str]
    figures: list[ExperimentFigures] | None


class ExperimentSummary(TypedDict, closed=True):
    noise: int
    type: str
    rate: float | None
    pruning: int
    method: str
    order: str
    seeds: int
    flagged: MeanOverSeeds
    noiseRate: MeanOverSeeds
    precision: MeanOverSeeds | None
    recall: MeanOverSeeds | None
    f1: MeanOverSeeds | None
    averagePrecision: MeanOverSeeds | None
    totalVariation: MeanOverSeeds | None
    noiseRateError: MeanOverSeeds


class FlagEvidence(TypedDict, closed=True):
    suggested: list[EvidencePart]
    given: list[EvidencePart]
    classSizes: float
    difference: float
    nearest: NotRequired[list[NearRow]]


class FlagFilter(TypedDict, closed=True):
    given: NotRequired[str]
    suggested: NotRequired[str]
    search: NotRequired[str]
    state: NotRequired[ReviewState]
    fold: NotRequired[int]
    minRank: NotRequired[int]
    maxRank: NotRequired[int]
    minErrorProbability: NotRequired[float]
    maxErrorProbability: NotRequired[float]
    first: NotRequired[int]


class Fold(TypedDict, closed=True):
    fold: int
    state: TaskState
    attempt: int
    trainRows: int | None
    testRows: int | None
    accuracy: float | None
    loss: float | None
    epochs: list[EpochMetrics]
    seconds: float | None
    backend: dict[str, Any] | None
    finishedAt: str | None


class FoldModel(TypedDict, closed=True):
    fold: int
    epoch: int
    files: list[ModelFile]


class FoldModelPage(TypedDict, closed=True):
    data: list[FoldModel]
    hasMore: bool
    nextCursor: str | None


class FoldPage(TypedDict, closed=True):
    data: list[Fold]
    hasMore: bool
    nextCursor: str | None


class FormatAlternative(TypedDict, closed=True):
    format: DatasetFormat
    reason: str


class HeadParams(TypedDict, closed=True):
    tap: HeadTap
    pooling: NotRequired[HeadPooling]
    layer: int
    wideBuckets: int


class HeadParamsInput(TypedDict, closed=True):
    tap: NotRequired[HeadTap]
    pooling: NotRequired[HeadPooling]
    layer: NotRequired[int]
    wideBuckets: NotRequired[int]


class JobEvent(TypedDict, closed=True):
    id: str
    type: JobEventType
    data: dict[str, Any]
    createdAt: str


class JobEventPage(TypedDict, closed=True):
    data: list[JobEvent]
    hasMore: bool
    nextCursor: str | None


class JobTask(TypedDict, closed=True):
    fold: int | None
    shard: int | None
    state: TaskState
    attempt: int
    step: int
    metrics: dict[str, Any] | None


class LabelPolicy(TypedDict, closed=True):
    policy: NotRequired[SeveralLabels]
    level: NotRequired[Literal[1, 2, 'full']]
    shortPaths: NotRequired[ShortPaths]
    minPerClass: NotRequired[int]
    aliases: NotRequired[list[ClassAlias]]
    normalizeLabels: NotRequired[bool]


class MatrixExperiment(TypedDict, closed=True):
    type: Literal['matrix']
    matrix: NotRequired[list[NoiseMatrixRow]]
    pruningId: NotRequired[str]


class MatrixNoise(TypedDict, closed=True):
    type: Literal['matrix']
    matrix: list[NoiseMatrixRow]
    seed: NotRequired[int]


class NearDuplicate(TypedDict, closed=True):
    ordinal: int
    line: int
    text: str
    label: str
    review: Verdict | None


class NoiseEstimate(TypedDict, closed=True):
    rate: float
    low: float
    high: float
    readings: NoiseReadings


NoiseParams: TypeAlias = (
    SymmetricNoise | PairNoise | MatrixNoise | ClassNoise | AnnotatorNoise
)


class PairReviews(TypedDict, closed=True):
    given: str
    suggested: str
    flags: int
    confirmed: int
    rejected: int
    unsure: int
    precision: Proportion | None


class PrecisionPromise(TypedDict, closed=True):
    target: float
    cut: float | None
    order: str
    expected: float | None
    low: float | None
    high: float | None
    experimentId: str
    noise: str
    rate: float | None
    seeds: int
    reviewed: ReviewedAtRandom


class Problem(TypedDict, closed=True):
    type: str
    title: str
    status: int
    detail: str
    code: ErrorCode
    requestId: str | None
    retryable: bool
    errors: list[FieldError]
    usedBy: NotRequired[list[ResourceUser]]


class PruningOptions(TypedDict, closed=True):
    semantics: Semantics
    method: FlagMethod
    order: ScoreOrder
    hierarchy: HierarchyUse
    scope: PruningScope
    fracNoise: float
    numToRemovePerClass: NotRequired[list[NumToRemovePerClassItem]]
    keepAtLeastPerClass: NotRequired[int]
    collision: Collision
    calibrated: bool
    adjust: bool
    posteriorCount: PosteriorCount
    posteriorCut: NotRequired[float]
    errorOddsCut: NotRequired[float]
    evidence: bool
    stability: bool
    reviews: ReviewUse
    suggestion: NotRequired[SuggestionSource]


class PruningOptionsInput(TypedDict, closed=True):
    semantics: NotRequired[Semantics]
    method: NotRequired[FlagMethod]
    order: NotRequired[ScoreOrder]
    hierarchy: NotRequired[HierarchyUse]
    scope: NotRequired[PruningScope]
    fracNoise: NotRequired[float]
    numToRemovePerClass: NotRequired[list[NumToRemovePerClassItem]]
    keepAtLeastPerClass: NotRequired[int]
    collision: NotRequired[Collision]
    calibrated: NotRequired[bool]
    adjust: NotRequired[bool]
    posteriorCount: NotRequired[PosteriorCount]
    posteriorCut: NotRequired[float]
    errorOddsCut: NotRequired[float]
    evidence: NotRequired[bool]
    stability: NotRequired[bool]
    reviews: NotRequired[ReviewUse]
    suggestion: NotRequired[SuggestionSource]


class PruningParameters(TypedDict, closed=True):
    semantics: NotRequired[Semantics]
    method: NotRequired[FlagMethod]
    order: NotRequired[ScoreOrder]
    hierarchy: NotRequired[HierarchyUse]
    scope: NotRequired[PruningScope]
    fracNoise: NotRequired[float]
    numToRemovePerClass: NotRequired[list[NumToRemovePerClassItem]]
    keepAtLeastPerClass: NotRequired[int]
    collision: NotRequired[Collision]
    calibrated: NotRequired[bool]
    adjust: NotRequired[bool]
    posteriorCount: NotRequired[PosteriorCount]
    posteriorCut: NotRequired[float]
    errorOddsCut: NotRequired[float]
    evidence: NotRequired[bool]
    stability: NotRequired[bool]
    reviews: NotRequired[ReviewUse]
    suggestion: NotRequired[SuggestionSource]
    targetPrecision: NotRequired[float]
    experimentId: NotRequired[str]
    experimentNoise: NotRequired[int]
    experimentRate: NotRequired[float]


class PruningParams(TypedDict, closed=True):
    crossValidationId: str
    semantics: NotRequired[Semantics]
    method: NotRequired[FlagMethod]
    order: NotRequired[ScoreOrder]
    hierarchy: NotRequired[HierarchyUse]
    scope: NotRequired[PruningScope]
    fracNoise: NotRequired[float]
    numToRemovePerClass: NotRequired[list[NumToRemovePerClassItem]]
    keepAtLeastPerClass: NotRequired[int]
    collision: NotRequired[Collision]
    calibrated: NotRequired[bool]
    adjust: NotRequired[bool]
    posteriorCount: NotRequired[PosteriorCount]
    posteriorCut: NotRequired[float]
    errorOddsCut: NotRequired[float]
    evidence: NotRequired[bool]
    stability: NotRequired[bool]
    reviews: NotRequired[ReviewUse]
    suggestion: NotRequired[SuggestionSource]
    targetPrecision: NotRequired[float]
    experimentId: NotRequired[str]
    experimentNoise: NotRequired[int]
    experimentRate: NotRequired[float]


class PruningTargets(TypedDict, closed=True):
    type: Literal['pruning']
    pruningId: str
    reviews: ReviewUse


class PruningTargetsInput(TypedDict, closed=True):
    type: Literal['pruning']
    pruningId: str
    reviews: NotRequired[ReviewUse]


class QuickParams(TypedDict, closed=True):
    kind: Literal['quick']
    levels: NotRequired[ModelLevels]
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSource]
    embeddingsEndpoint: NotRequired[bool]


class QuickParamsInput(TypedDict, closed=True):
    kind: Literal['quick']
    levels: NotRequired[ModelLevels]
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSourceInput]
    embeddingsEndpoint: NotRequired[bool]


class Readiness(TypedDict, closed=True):
    status: ReadinessStatus
    checks: list[ReadinessCheck]


class ReceiptExport(TypedDict, closed=True):
    reviews: ReviewUse
    tables: list[ReceiptTable]


class RequestedFormat(TypedDict, closed=True):
    type: RequestedFormatType
    textColumn: NotRequired[Column]
    labelColumn: NotRequired[Column]
    idColumn: NotRequired[Column]
    trueLabelColumn: NotRequired[Column]
    annotatorColumns: NotRequired[list[Column]]
    annotatorColumn: NotRequired[Column]
    delimiter: NotRequired[str]
    quote: NotRequired[QuoteStyle]
    escape: NotRequired[EscapeStyle]
    header: NotRequired[bool]
    labelNames: NotRequired[list[LabelName]]
    records: NotRequired[str]
    sheet: NotRequired[str | int]
    labelSeparator: NotRequired[str]
    labelLists: NotRequired[bool]
    encoding: NotRequired[TextEncoding]
    text: NotRequired[ToutiaoText]
    required: NotRequired[list[ToutiaoField]]
    formulaGuard: NotRequired[bool]


class Review(TypedDict, closed=True):
    ordinal: int
    verdict: Verdict
    label: str | None
    version: int
    actionId: str
    by: str | None
    pruningId: str | None
    order: MetOrder | None
    inherited: bool
    undone: bool
    createdAt: str


class ReviewPage(TypedDict, closed=True):
    data: list[Review]
    hasMore: bool
    nextCursor: str | None


class ReviewReport(TypedDict, closed=True):
    flags: int
    confirmed: int
    rejected: int
    unsure: int
    precision: Proportion | None
    random: RandomReviews
    pairs: list[PairReviews]


class RowVerdict(TypedDict, closed=True):
    ordinal: int
    verdict: VerdictWithoutLabel
    version: NotRequired[int]


class Sample(TypedDict, closed=True):
    sampleId: int
    ordinal: int
    line: int
    externalId: str | None
    text: str
    label: str
    labelIndex: int
    allLabels: list[str]
    trueLabel: str | None
    votes: list[Vote]
    labelQuality: float | None
    columns: list[ColumnValue]


class SamplePage(TypedDict, closed=True):
    data: list[Sample]
    hasMore: bool
    nextCursor: str | None


class SampledRow(TypedDict, closed=True):
    sampleId: int
    ordinal: int
    line: int
    externalId: str | None
    text: str
    given: str
    columns: list[ColumnValue]
    likeliest: list[ClassProbability]
    nearDuplicates: list[NearDuplicate]
    review: Review | None
    version: int
    position: int
    selfConfidence: float | None
    suggested: str


class SampledRowPage(TypedDict, closed=True):
    data: list[SampledRow]
    hasMore: bool
    nextCursor: str | None


class SampledShare(TypedDict, closed=True):
    estimate: float
    low: float
    high: float
    method: SampledShareMethod


SchedulePoint: TypeAlias = tuple[ScheduleStep, ScheduleMultiplier]


SoftTargetSource: TypeAlias = PruningTargets | UploadedTargets


SoftTargetSourceInput: TypeAlias = PruningTargetsInput | UploadedTargetsInput


class StabilityReport(TypedDict, closed=True):
    voters: list[StabilityVoter]
    unanimous: int


class TokenizerParams(TypedDict, closed=True):
    unknown: UnknownWords
    lowerCase: bool


class TokenizerParamsInput(TypedDict, closed=True):
    unknown: NotRequired[UnknownWords]
    lowerCase: NotRequired[bool]


class UploadPreview(TypedDict, closed=True):
    compression: str
    encoding: str
    format: DatasetFormat | None
    guessed: bool
    confidence: float
    alternatives: list[FormatAlternative]
    columns: list[str] | None
    samples: list[PreviewSample]
    rejects: list[PreviewReject]
    classes: list[PreviewClass]
    rowsLooked: int
    aliases: list[SimilarNames]
    warnings: list[Warning]
    problem: PreviewProblem | None


class VersionSource(TypedDict, closed=True):
    type: Literal['pruning']
    pruningId: str
    split: NotRequired[VersionSplit]
    reviews: NotRequired[ReviewUse]


class Webhook(TypedDict, closed=True):
    id: str
    url: str | None
    events: list[WebhookEvent]
    kinds: list[JobKind]
    description: str
    state: WebhookState
    disabledReason: str | None
    failingSince: str | None
    createdAt: str


class WebhookChanges(TypedDict, closed=True):
    url: NotRequired[str]
    events: NotRequired[list[WebhookEvent]]
    kinds: NotRequired[list[JobKind]]
    description: NotRequired[str]
    state: NotRequired[WebhookState]


class WebhookDelivery(TypedDict, closed=True):
    id: str
    webhookId: str
    type: WebhookMessageType
    jobId: str | None
    state: DeliveryState
    attempts: int
    nextAttemptAt: str | None
    lastAttemptAt: str | None
    lastStatus: int | None
    lastError: str | None
    createdAt: str
    finishedAt: str | None


class WebhookDeliveryPage(TypedDict, closed=True):
    data: list[WebhookDelivery]
    hasMore: bool
    nextCursor: str | None


class WebhookPage(TypedDict, closed=True):
    data: list[Webhook]
    hasMore: bool
    nextCursor: str | None


class AlbertParams(TypedDict, closed=True):
    kind: NotRequired[Literal['albert']]
    preset: ModelPreset | ModelSize
    checkpoint: NotRequired[CheckpointSource]
    head: HeadParams
    activation: NotRequired[Activation]
    vocabulary: VocabularyParams
    tokenizer: TokenizerParams
    maxLength: int
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSource]
    embeddingsEndpoint: NotRequired[bool]


class AlbertParamsInput(TypedDict, closed=True):
    kind: NotRequired[Literal['albert']]
    preset: NotRequired[ModelPreset | ModelSizeInput]
    checkpoint: NotRequired[CheckpointSource]
    head: NotRequired[HeadParamsInput]
    activation: NotRequired[Activation]
    vocabulary: NotRequired[VocabularyParamsInput]
    tokenizer: NotRequired[TokenizerParamsInput]
    maxLength: NotRequired[int]
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSourceInput]
    embeddingsEndpoint: NotRequired[bool]


class AnnotatorProfile(TypedDict, closed=True):
    votes: int
    severalVotes: int
    disagreeing: int
    alpha: float | None
    annotators: list[AnnotatorFigures]
    consensus: NotRequired[ConsensusProfile]
    pairs: list[DissentingPair]


class BertParams(TypedDict, closed=True):
    kind: Literal['bert']
    checkpoint: CheckpointSource
    head: BertHeadParams
    activation: NotRequired[Activation]
    tokenizer: BertTokenizerParams
    maxLength: int
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSource]
    embeddingsEndpoint: NotRequired[bool]


class BertParamsInput(TypedDict, closed=True):
    kind: Literal['bert']
    checkpoint: CheckpointSource
    head: NotRequired[BertHeadParamsInput]
    activation: NotRequired[Activation]
    tokenizer: NotRequired[BertTokenizerParamsInput]
    maxLength: NotRequired[int]
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSourceInput]
    embeddingsEndpoint: NotRequired[bool]


class CombinationParams(TypedDict, closed=True):
    crossValidationIds: list[CrossValidationId]
    pruning: NotRequired[PruningOptions]


class CombinationParamsInput(TypedDict, closed=True):
    crossValidationIds: list[CrossValidationId]
    pruning: NotRequired[PruningOptionsInput]


class DatasetProfile(TypedDict):
    rowsRead: int
    kept: int
    rejected: list[RejectCount]
    classHistogram: list[ClassCount]
    lengths: TextLengths
    duplicates: DuplicateProfile
    nearDuplicates: NotRequired[NearDuplicateProfile]
    similarClasses: NotRequired[list[SimilarClasses]]
    normalizedLabels: NotRequired[list[NormalizedLabel]]
    annotators: NotRequired[AnnotatorProfile]
    warnings: list[Warning]


DatasetSource: TypeAlias = (
    UploadSource
    | PathSource
    | UrlSource
    | ParentSource
    | VersionSource
    | ConsensusSource
)


ExperimentNoise: TypeAlias = (
    SymmetricExperiment | PairExperiment | MatrixExperiment | AnnotatorExperiment
)


class FilterReview(TypedDict, closed=True):
    type: Literal['filter']
    pruningId: str
    filter: FlagFilter
    verdict: Verdict
    label: NotRequired[str]
    order: NotRequired[ReviewOrder]


class Flag(TypedDict, closed=True):
    sampleId: int
    ordinal: int
    line: int
    externalId: str | None
    text: str
    given: str
    suggested: str
    selfConfidence: float
    normalizedMargin: float
    errorProbability: float | None
    errorOdds: float | None
    suggestedProbability: float
    stability: float | None
    reason: dict[str, Any]
    fold: int
    rank: int
    trueLabel: str | None
    columns: list[ColumnValue]
    evidence: FlagEvidence | None
    review: Verdict | None


class FlagPage(TypedDict, closed=True):
    data: list[Flag]
    hasMore: bool
    nextCursor: str | None


class Job(TypedDict, closed=True):
    id: str
    kind: JobKind
    state: JobState
    phase: str | None
    progress: JobProgress
    etaSeconds: float | None
    attempt: int
    params: dict[str, Any]
    seed: float | None
    result: dict[str, Any] | None
    error: Problem | None
    tasks: list[JobTask]
    datasetId: str | None
    crossValidationId: str | None
    pruningId: str | None
    retryOf: str | None
    parentId: str | None
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    links: JobLinks


class JobPage(TypedDict, closed=True):
    data: list[Job]
    hasMore: bool
    nextCursor: str | None


class LinearParams(TypedDict, closed=True):
    kind: Literal['linear']
    vocabulary: VocabularyParams
    tokenizer: TokenizerParams
    maxLength: int
    levels: NotRequired[ModelLevels]
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSource]
    embeddingsEndpoint: NotRequired[bool]


class LinearParamsInput(TypedDict, closed=True):
    kind: Literal['linear']
    vocabulary: NotRequired[VocabularyParamsInput]
    tokenizer: NotRequired[TokenizerParamsInput]
    maxLength: NotRequired[int]
    levels: NotRequired[ModelLevels]
    embeddings: NotRequired[EmbeddingSource]
    encoder: NotRequired[EncoderSourceInput]
    embeddingsEndpoint: NotRequired[bool]


ModelParams: TypeAlias = AlbertParams | BertParams | LinearParams | QuickParams


ModelParamsInput: TypeAlias = (
    AlbertParamsInput | BertParamsInput | LinearParamsInput | QuickParamsInput
)


class PiecewiseSchedule(TypedDict, closed=True):
    type: Literal['piecewise']
    points: list[SchedulePoint]


class ProbabilityImportParams(TypedDict, closed=True):
    datasetId: str
    probabilitiesUploadId: str
    probabilitiesArray: NotRequired[str]
    classes: NotRequired[str | list[Class]]
    force: bool
    foldsUploadId: NotRequired[str]
    foldsArray: NotRequired[str]
    pruning: NotRequired[PruningOptions]


class ProbabilityImportParamsInput(TypedDict, closed=True):
    datasetId: str
    probabilitiesUploadId: str
    probabilitiesArray: NotRequired[str]
    classes: NotRequired[str | list[Class]]
    force: NotRequired[bool]
    foldsUploadId: NotRequired[str]
    foldsArray: NotRequired[str]
    pruning: NotRequired[PruningOptionsInput]


class PruningReport(TypedDict, closed=True):
    counts: dict[str, float]
    thresholds: list[float]
    healthScore: float
    estimatedNoiseRate: float
    estimatedNoiseInterval: Interval | None
    noise: NoiseEstimate | None
    truth: FlagQuality | None
    target: NotRequired[PrecisionPromise]
    evidence: EvidenceState | None
    stability: StabilityReport | None
    levels: NotRequired[list[LevelReport]]
    warnings: list[Warning]


class QueuedFlag(TypedDict, closed=True):
    sampleId: int
    ordinal: int
    line: int
    externalId: str | None
    text: str
    given: str
    suggested: str
    selfConfidence: float
    normalizedMargin: float
    errorProbability: float | None
    errorOdds: float | None
    suggestedProbability: float
    stability: float | None
    reason: dict[str, Any]
    fold: int
    rank: int
    trueLabel: str | None
    columns: list[ColumnValue]
    evidence: FlagEvidence | None
    likeliest: list[ClassProbability]
    nearDuplicates: list[NearDuplicate]
    review: Review | None
    version: int


class QueuedFlagPage(TypedDict, closed=True):
    data: list[QueuedFlag]
    hasMore: bool
    nextCursor: str | None


class Receipt(TypedDict, closed=True):
    format: Literal['winnow-receipt/1']
    winnow: str
    dataset: ReceiptDataset
    crossValidation: ReceiptCrossValidation | None
    pruning: ReceiptPruning | None
    export: NotRequired[ReceiptExport]
    sha256: str


class RestoredReview(TypedDict, closed=True):
    ordinal: int
    review: Review | None


class ReviewSample(TypedDict, closed=True):
    id: str
    datasetId: str
    pruningId: str
    seed: int
    size: int
    halfWidth: float
    strata: list[SampleStratum]
    reviewed: int
    isEnough: bool
    noiseRate: SampledShare | None
    precision: SampledShare | None
    recall: SampledShare | None
    by: str | None
    createdAt: str


class ReviewSamplePage(TypedDict, closed=True):
    data: list[ReviewSample]
    hasMore: bool
    nextCursor: str | None


class ReviewUndo(TypedDict, closed=True):
    action: ReviewAction
    restored: list[RestoredReview]
    etag: str


RowReview: TypeAlias = RowVerdict | RowRelabel


class RowReviews(TypedDict, closed=True):
    type: Literal['rows']
    reviews: list[RowReview]
    pruningId: NotRequired[str]
    order: NotRequired[MetOrder]


class SampledNoise(TypedDict, closed=True):
    sampleId: str
    counted: int
    noiseRate: SampledShare
    precision: SampledShare | None
    recall: SampledShare | None


LearningRateSchedule: TypeAlias = (
    ConstantSchedule | PiecewiseSchedule | WarmUpSchedule | DecaySchedule
)


LearningRateScheduleInput: TypeAlias = (
    ConstantSchedule | PiecewiseSchedule | WarmUpScheduleInput | DecayScheduleInput
)


class Pruning(TypedDict, closed=True):
    id: str
    crossValidationId: str
    datasetId: str
    jobId: str
    state: PruningState
    parameters: PruningParameters
    flagged: int | None
    report: PruningReport | None
    sampledNoise: SampledNoise | None
    createdAt: str
    finishedAt: str | None


class PruningPage(TypedDict, closed=True):
    data: list[Pruning]
    hasMore: bool
    nextCursor: str | None


ReviewParams: TypeAlias = RowReviews | FilterReview


class TrainingParams(TypedDict, closed=True):
    recipe: NotRequired[Recipe]
    epochs: NotRequired[int]
    batchSize: NotRequired[int]
    microBatchSize: NotRequired[int]
    learningRate: NotRequired[float]
    schedule: NotRequired[LearningRateSchedule]
    optimizer: NotRequired[Optimizer]
    weightDecay: NotRequired[float]
    dropout: NotRequired[float]
    attentionDropout: NotRequired[float]
    labelSmoothing: NotRequired[float]
    clipNorm: NotRequired[float]
    classWeights: NotRequired[ClassWeights]
    averaging: NotRequired[float]
    embeddings: NotRequired[EmbeddingStart]
    linearPart: NotRequired[bool]
    evaluateEvery: NotRequired[int]
    patience: NotRequired[int]
    epochChoice: NotRequired[EpochChoice]
    pretraining: NotRequired[PretrainingParams]
    softTargets: NotRequired[SoftTargetSource]
    keepModels: bool


class TrainingParamsInput(TypedDict, closed=True):
    recipe: NotRequired[Recipe]
    epochs: NotRequired[int]
    batchSize: NotRequired[int]
    microBatchSize: NotRequired[int]
    learningRate: NotRequired[float]
    schedule: NotRequired[LearningRateScheduleInput]
    optimizer: NotRequired[Optimizer]
    weightDecay: NotRequired[float]
    dropout: NotRequired[float]
    attentionDropout: NotRequired[float]
    labelSmoothing: NotRequired[float]
    clipNorm: NotRequired[float]
    classWeights: NotRequired[ClassWeights]
    averaging: NotRequired[float]
    embeddings: NotRequired[EmbeddingStart]
    linearPart: NotRequired[bool]
    evaluateEvery: NotRequired[int]
    patience: NotRequired[int]
    epochChoice: NotRequired[EpochChoice]
    pretraining: NotRequired[PretrainingParamsInput]
    softTargets: NotRequired[SoftTargetSourceInput]
    keepModels: NotRequired[bool]


class ExperimentParams(TypedDict, closed=True):
    datasetId: str
    folds: NotRequired[int]
    model: ModelParams
    training: TrainingParams
    backend: Backend
    nearDuplicates: NearDuplicateFolds
    secondRound: NotRequired[bool]
    noises: list[ExperimentNoise]
    rates: list[ExperimentRate]
    seeds: list[Seed]
    prunings: list[PruningOptions]
    parallel: int
    keep: ExperimentKeep


class ExperimentParamsInput(TypedDict, closed=True):
    datasetId: str
    folds: NotRequired[int]
    model: NotRequired[ModelParamsInput]
    training: NotRequired[TrainingParamsInput]
    backend: NotRequired[Backend]
    nearDuplicates: NotRequired[NearDuplicateFolds]
    secondRound: NotRequired[bool]
    noises: NotRequired[list[ExperimentNoise]]
    rates: NotRequired[list[ExperimentRate]]
    seeds: NotRequired[list[Seed]]
    prunings: NotRequired[list[PruningOptionsInput]]
    parallel: NotRequired[int]
    keep: NotRequired[ExperimentKeep]


class FoldTrainingParams(TypedDict, closed=True):
    datasetId: str
    folds: NotRequired[int]
    seed: NotRequired[int]
    model: NotRequired[ModelParamsInput]
    training: NotRequired[TrainingParamsInput]
    backend: NotRequired[Backend]
    nearDuplicates: NotRequired[NearDuplicateFolds]
    secondRound: NotRequired[bool]
    pruning: NotRequired[PruningOptionsInput]


class NextTraining(TypedDict, closed=True):
    folds: NotRequired[int]
    seed: NotRequired[int]
    model: NotRequired[ModelParamsInput]
    training: NotRequired[TrainingParamsInput]
    backend: NotRequired[Backend]
    nearDuplicates: NotRequired[NearDuplicateFolds]
    secondRound: NotRequired[bool]
    pruning: NotRequired[PruningOptionsInput]


class TrainingConfiguration(TypedDict, closed=True):
    datasetId: NotRequired[str]
    folds: NotRequired[int]
    seed: NotRequired[int]
    model: NotRequired[ModelParams]
    training: NotRequired[TrainingParams]
    backend: NotRequired[Backend]
    nearDuplicates: NotRequired[NearDuplicateFolds]
    secondRound: NotRequired[bool]
    pruning: NotRequired[PruningOptions]


class CrossValidation(TypedDict, closed=True):
    id: str
    datasetId: str
    jobId: str
    state: CrossValidationState
    rows: int
    classes: int
    folds: int
    seed: float
    configuration: TrainingConfiguration | ProbabilityImportParams | CombinationParams
    backend: dict[str, Any] | None
    accuracy: float | None
    epochVote: EpochVote
    parentId: str | None
    member: RunMember | None
    combinedOf: list[str]
    warnings: list[Warning]
    createdAt: str
    finishedAt: str | None


class CrossValidationPage(TypedDict, closed=True):
    data: list[CrossValidation]
    hasMore: bool
    nextCursor: str | None


class DatasetIngestParams(TypedDict, closed=True):
    name: str
    source: DatasetSource
    format: NotRequired[RequestedFormat]
    labels: NotRequired[LabelPolicy]
    sampling: NotRequired[SamplingParams]
    duplicates: NotRequired[DuplicatePolicy]
    nearDuplicates: NotRequired[NearDuplicateReport]
    columns: NotRequired[KeptColumns | list[Column]]
    noise: NotRequired[NoiseParams]
    training: NotRequired[NextTraining]


class Experiment(TypedDict, closed=True):
    id: str
    datasetId: str
    state: JobState
    params: ExperimentParams
    summary: list[ExperimentSummary]
    cells: list[ExperimentCell]
    createdAt: str
    finishedAt: str | None
