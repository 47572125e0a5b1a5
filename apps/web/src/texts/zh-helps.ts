// Long because it is one table: what the service says of its fields, in Chinese.
/** What the contract says of jobs and fields, by its English; a test holds that none is missing. */
export const ZH_HELPS: Readonly<Record<string, string>> = {
  "Combine cross-validations of one dataset: the mean of their log probabilities":
    "合并同一数据集的几个交叉验证：取对数概率的平均",
  "Read a file into a dataset": "把文件读成数据集",
  "Train K folds, so that every sample gets an out-of-sample probability":
    "分 K 折训练，使每个样本都得到样本外的概率",
  "Make a cross-validation of probabilities that were computed elsewhere":
    "由在别处算出的概率得到一个交叉验证",
  "Flag the samples whose labels confident learning doubts": "标记置信学习怀疑其标签的样本",
  "Inject label noise into a dataset, and measure how well its flags find it":
    "向数据集注入标签噪声，衡量标记能在多大程度上找出它们",
  "Train the quick model on what a pruning makes of a dataset, and compare on the same rows":
    "用剪枝得到的各个版本训练快速模型，并在相同的行上比较",
  "Find what else is wrong with a dataset: near-duplicates whose labels differ, outliers, weak groups, labels in order, class names that nearly agree":
    "找出数据集的其他问题：标签不同的近似重复、离群行、模型较弱的分组、按顺序排列的标签、几乎相同的类别名",
  "Finished cross-validations of one dataset, for instance of several seeds. Each counts the same":
    "同一数据集的几个已完成的交叉验证，例如来自不同的种子；各自权重相同",
  "Queues a pruning with these options when the combination is done":
    "合并完成后按这些选项排入一次剪枝",
  "Reference implementation to reproduce": "要重现的参考实现",
  "How the flagged rows are chosen": "如何选出被标记的行",
  "The score that sorts the flags, worst first. The reference implementations sort by normalized_margin":
    "标记的排序分数，最可疑的在前。参考实现按 normalized_margin 排序",
  "Of classes named as paths, a/b: how the flags' order takes the tree. weight: by the probability of an error times the share of the levels at which the labels differ. level-1-first: suspected errors across parents come before those between sisters":
    "类别名是路径（a/b）时，标记的顺序如何使用标签树。weight：出错概率乘以两个标签不同的层级所占的比例；level-1-first：跨父类的可疑错误排在同父类之间的前面",
  "fold: each fold is pruned by its own joint": "fold：每一折按自己的联合分布剪枝",
  "Share of the estimated noise that is flagged": "在估计的噪声中要标记的比例",
  "Rows to flag in each class, instead of the estimate": "每个类别要标记的行数，代替估计值",
  "Classes with at most this many rows get no flags; default 5, with cleanlab-2 1":
    "行数不多于此数的类别不标记；默认 5，cleanlab-2 为 1",
  "How a row counts that is confident for several classes": "一行对几个类别都有把握时如何计数",
  "false: the raw confident joint decides": "false：由未校准的置信联合分布决定",
  "Sorts by scores that are adjusted for each class's threshold; for normalized_margin, prob_given_label and self_confidence":
    "按每个类别的阈值校正分数后排序；用于 normalized_margin、prob_given_label 和 self_confidence",
  "The methods posterior and error_odds flag as many rows as this one":
    "方法 posterior 和 error_odds 标记的行数与此方法相同",
  "The method posterior flags all rows at or above this error probability":
    "方法 posterior 标记出错概率不低于此值的所有行",
  "The method error_odds flags all rows at or above these log odds of an error":
    "方法 error_odds 标记出错对数几率不低于此值的所有行",
  "Also says of each flag which words or characters speak for either label, if the run has a quick model; takes that model's counts once more":
    "若运行中有快速模型，还说明每个标记中哪些词或字支持哪个标签；需要再统计一遍该模型的计数",
  "Also asks every model of the run alone, so that each flag says how many agree; takes a pass for each":
    "还单独询问运行中的每个模型，使每个标记都说明有多少模型同意；每个模型需要多读一遍",
  "follow: rows about which people have decided are not flagged again. ignore: they are flagged as all others":
    "follow：已有人决定的行不再标记。ignore：与其他行一样标记",
  "Where the suggested label comes from; default: the posterior if it sorts or chooses or error_odds chooses, else the argmax, which is never the given label of a flag that a joint chose":
    "建议标签的来源。默认：若由后验排序或选择，或由 error_odds 选择，则取后验；否则取 argmax，它从不等于由联合分布选出的标记的原标签",
  "Derives a dataset from another, by sampling or by injected noise":
    "通过抽样或注入噪声，从另一个数据集得到新数据集",
  "A version of the pruning's dataset: its rows and labels as the split has them when the job runs":
    "剪枝所属数据集的一个版本：任务运行时该部分的行和标签",
  "follow: what was decided about a row counts; what the pruning says counts for the others, and for those marked as unsure. ignore: the pruning's answer alone":
    "follow：对某行的决定有效；其余的行以及标为不确定的行以剪枝为准。ignore：只用剪枝的结果",
  "The cross-validation's dataset, each row with the label that its annotators and the model agree on, by CROWDLAB":
    "交叉验证的数据集，每行的标签由标注者与模型按 CROWDLAB 得出",
  "follow: the dataset's reviews weigh as one more annotator, and dropped rows are left out. ignore: annotators and model alone":
    "follow：数据集的审核作为又一位标注者计入，被丢弃的行不包含在内。ignore：只用标注者和模型",
  "Of a file, default auto; a guess that is not sure enough fails the job. A derived dataset has none":
    "文件的格式，默认 auto；推测不够确定时任务失败。派生的数据集没有格式",
  "auto: what is not given is guessed from the file, as a preview guesses it":
    "auto：没有给出的由文件推测，与预览相同",
  "A column: its name, its index from 0, or (jsonl, json) a dotted path":
    "一列：列名、从 0 开始的序号，或（jsonl、json）以点分隔的路径",
  "Instead of labelColumn: several annotators' columns, with a label of each; an empty cell is none. A row's label is the one that most gave":
    "代替 labelColumn：多位标注者的列，各有一个标签；空单元格表示没有。行的标签取给出最多的一个",
  "Each row of the file is one annotator's label of the text with its id: who labelled it. Needs idColumn; the rows of an id become one sample, whose label is the one that most gave":
    "文件的每一行是一位标注者对该编号文本给出的标签：这里指明标注者。需要 idColumn；同一编号的行合为一个样本，标签取给出最多的一个",
  "Between fields; the type delimited needs it": "字段之间的分隔符；delimited 类型必填",
  "Csv, tsv, delimited: none reads quotes as characters; by default a quote opens a field":
    "csv、tsv、delimited：none 把引号当作普通字符；默认由引号开始一个字段",
  "Csv, tsv, delimited: how a quoted field holds a quote; a backslash also escapes delimiters, line breaks and itself":
    "csv、tsv、delimited：带引号的字段中如何写引号；反斜杠还可转义分隔符、换行和自身",
  "Whether the first line holds column names; default true": "首行是否为列名；默认 true",
  "The classes in index order. A text label is one of the names, or else an index from 0; a number (parquet, jsonl) is always an index, and -1 is no label":
    "按序号排列的类别。文本标签是其中一个名称，否则是从 0 开始的序号；数字（parquet、jsonl）总是序号，-1 表示没有标签",
  "Of a json document with several lists of rows: the dotted path to the one that is read":
    "用于含有几个行列表的 json 文档：要读取的那一个的点分路径",
  "Of an xlsx workbook: a sheet by its name, or by its place from 0; default the first that is not hidden":
    "用于 xlsx 工作簿：工作表的名称，或从 0 开始的位置；默认取第一个未隐藏的",
  "Splits one label field into several labels": "把一个标签字段拆成几个标签",
  "Reads label fields such as ['a', 'b'] or [1, 2], lists as Python, numpy or JSON writes them, as several labels":
    "把 ['a', 'b'] 或 [1, 2] 这样由 Python、numpy 或 JSON 写出的列表读作几个标签",
  "Of a text file; by default what its byte order mark says, or else utf-8. A mark is dropped; utf-16 is of the byte order that the mark or the bytes show":
    "文本文件的编码；默认按字节顺序标记，否则为 utf-8。标记会被去掉；utf-16 的字节顺序由标记或内容判断",
  "Fields of a Toutiao row that make up the text; default title":
    "头条数据行中组成文本的字段；默认为标题",
  "Fields of a Toutiao row without which it is rejected": "头条数据行中缺少即被拒绝的字段",
  "Removes the apostrophe that exports with formulaGuard put before cells that look like formulas":
    "去掉以 formulaGuard 导出时在形似公式的单元格前加的撇号",
  "Which label counts if a row has several": "一行有几个标签时，采用哪一个",
  "Levels of hierarchical labels (a/b/c) that are used": "使用多级标签（a/b/c）的几级",
  "What happens to rows whose label has fewer levels": "标签级数不够的行如何处理",
  "Rows of smaller classes are rejected": "类别的行数少于此数时，这些行被拒绝",
  "Class names that are replaced by others; by an empty one: rows without label":
    "要替换的类别名；替换为空表示没有标签",
  "Reads names that differ only in case, width, Unicode form, invisible characters or blanks as one class; labelNames and aliases spell it, else the first row":
    "把只在大小写、全半角、Unicode 形式、不可见字符或空白上不同的名称读作同一类别；写法取自 labelNames 和 aliases，否则取自首次出现的行",
  "Keeps at most this many rows of each class": "每个类别最多保留这么多行",
  "Seeds every random choice": "决定所有随机选择的种子",
  "first: only the first row of each text is kept": "first：相同的文本只保留第一行",
  "Whether the profile counts near-duplicates; auto: up to 100,000 rows":
    "分析时是否统计近似重复；auto：不超过 100,000 行时统计",
  "Which columns of the file are kept beside text, label and ids: all, none, or those named. A derived dataset keeps its parent's":
    "除文本、标签和编号外，保留文件的哪些列：全部、不保留，或列出的列。派生的数据集沿用其来源的列",
  "Class names; without pairs each class becomes the next one":
    "类别名；不给出时，每个类别变成下一个类别",
  "Labels that annotators of the dataset really gave": "数据集的标注者实际给过的标签",
  "The share of rows that get a label which an annotator gave instead; without it each row gets the label of one of its annotators, at random":
    "换成某位标注者所给标签的行的比例；不给出时，每行随机取其一位标注者的标签",
  "Queues a training of the dataset, with these parameters, in the transaction that makes the dataset ready: both are there, or neither. Without soft targets":
    "在使数据集就绪的同一事务中，按这些参数排入一次训练：两者要么都有，要么都没有。不能用软标签",
  "The number of folds, K. Default 5; with the quick model 10, or as many as there are rows":
    "折数 K。默认 5；快速模型为 10，行数更少时等于行数",
  "The default": "默认值",
  "The sizes; ignored with a checkpoint": "模型的大小；使用检查点时不起作用",
  "A folder below the worker's MODELS_DIR: Hugging Face (config.json, model.safetensors or pytorch_model.bin, vocab.txt) or Google (albert_config.json or bert_config.json, *.index, *.data-*, vocab*.txt). Its vocabulary and encoder are used, its classifier is not":
    "worker 的 MODELS_DIR 下的文件夹：Hugging Face（config.json，model.safetensors 或 pytorch_model.bin，vocab.txt）或 Google（albert_config.json 或 bert_config.json，*.index，*.data-*，vocab*.txt）。使用其词表和编码器，不使用其分类器",
  "Where the classifier reads the encoder": "分类器从编码器的何处读取",
  "Default cls-mean-embedding; cls at the pooler":
    "默认 cls-mean-embedding；从 pooler 读取时为 cls",
  "Of which block": "读取哪一层",
  "Buckets of hashed bi- and trigrams that feed the logits directly; 0: none":
    "直接影响 logits 的哈希二元、三元组的桶数；0 表示不用",
  "`gelu` is the erf form. Default gelu-tanh, or what the checkpoint says":
    "`gelu` 是 erf 形式。默认 gelu-tanh，或检查点给出的形式",
  "In tokens": "以词元计",
  "Rarer words get no token of their own": "出现次数更少的词没有自己的词元",
  "word: one [UNK] for an unknown word, as in BERT; piece: one for each unmatched character":
    "word：未知词整体记为一个 [UNK]，与 BERT 相同；piece：每个无法匹配的字符各记一个",
  "Tokens of a text that are read; the rest is cut off": "每个文本读取的词元数；其余截去",
  "parent-first: of classes named `parent/child` the parent, then the child by a model of that parent's rows alone. Default flat: all classes at once":
    "parent-first：对名为 `parent/child` 的类别，先预测父类，再由只用该父类的行训练的模型预测子类。默认 flat：一次预测所有类别",
  "Vectors of the rows: a Gaussian over them joins the pool, which then has two rounds of it and of the quick model":
    "各行的向量：在其上的高斯模型也参加合并，并与快速模型一起进行两轮",
  "npy or npz (n, d) of float16, float32 or float64: one vector a sample, or one a record of the file that the dataset was read from, in its order":
    "npy 或 npz（n, d），float16、float32 或 float64：每个样本一个向量，或按顺序对应所读文件的每条记录",
  "The array's name in the upload, if that is an npz with several":
    "上传的是含几个数组的 npz 时，数组的名称",
  "npy (n) of strings or whole numbers: the id of each vector's row, as in the dataset's id column, if the vectors have another order":
    "npy（n）字符串或整数：向量顺序不同时，每个向量所属行在编号列中的编号",
  "Instead of `embeddings`: the workers compute the vectors, each text's once":
    "代替 `embeddings`：由 worker 计算向量，每个文本只算一次",
  "Instead of `embeddings`: the workers ask the embeddings endpoint that EMBEDDINGS_URL names for the vectors, for each text once":
    "代替 `embeddings`：由 worker 向 EMBEDDINGS_URL 指定的向量服务请求向量，每个文本只请求一次",
  "A folder below the workers' MODELS_DIR with a BERT or an ALBERT and its tokenizer, as `winnow models pull` writes it":
    "worker 的 MODELS_DIR 下含 BERT 或 ALBERT 及其分词器的文件夹，即 `winnow models pull` 写出的形式",
  "A text's vector: the mean of its tokens' last rows, or the row of [CLS]":
    "文本的向量：末层各词元的平均，或 [CLS] 一行",
  "Tokens of a text that are read; the rest is cut off. Default 128, or what the model takes":
    "每个文本读取的词元数；其余截去。默认 128，或模型能接受的长度",
  "Encodes the vocabulary once instead of every row; a row is the weighted sum of its tokens' vectors":
    "只对词表编码一次，不逐行编码；一行是其词元向量的加权和",
  "Default mean; cls at the pooler": "默认 mean；从 pooler 读取时为 cls",
  "Default: what the checkpoint says": "默认：检查点给出的形式",
  "Default: what the folder says": "默认：文件夹给出的设置",
  "Default scratch, or fine-tune with a checkpoint": "默认 scratch；使用检查点时为 fine-tune",
  "Rows of one forward pass; a step sums several passes. Default batchSize":
    "一次前向的行数；一步合计几次。默认等于 batchSize",
  "[step, multiplier] in ascending order; linear in between, starting at [0, 0]":
    "按升序排列的 [步数, 倍率]；其间线性变化，从 [0, 0] 开始",
  "For adamw; default 0.01": "用于 adamw；默认 0.01",
  "Of hidden rows": "隐藏层的丢弃率",
  "Of attention weights": "注意力权重的丢弃率",
  "Share of the target that is spread over all classes": "目标中分给所有类别的比例",
  "Largest norm of all gradients; 0: no clipping": "全部梯度的最大范数；0 表示不裁剪",
  "balanced: rare classes weigh more": "balanced：少见的类别权重更大",
  "Decay of the running average of the weights, which predicts; 0: the last weights predict":
    "用于预测的权重滑动平均的衰减率；0 表示用最后的权重预测",
  "Start of the word embeddings: from the texts' co-occurrences, or random":
    "词向量的初始值：由文本的共现得到，或随机",
  "Whether a linear model over n-grams is also trained and averaged with the network; default with the recipe scratch from 3,000 training rows on":
    "是否同时训练 n 元组上的线性模型并与网络取平均；scratch 且训练行不少于 3,000 时默认启用",
  "In epochs": "以轮计",
  "Evaluations without a lower held-out loss after which a fold ends":
    "留出损失连续这么多次评估没有下降时，该折结束",
  "Which epoch's predictions are used: the epoch with the lowest held-out loss over all folds, each fold's own best, or the last. Default vote; last with the recipe fine-tune and no patience":
    "采用哪一轮的预测：所有折留出损失最低的一轮、每折各自最好的一轮，或最后一轮。默认 vote；fine-tune 且没有 patience 时为 last",
  "Language-model training on the dataset's own texts before the folds: masked pieces and order of halves":
    "分折训练之前，在数据集自己的文本上进行语言模型训练：遮盖词元与前后两半的顺序",
  "A pruning's posterior over the classes, or an uploaded npy or npz (n, C), one column per class":
    "某个剪枝对各类别的后验，或上传的 npy 或 npz（n, C），每个类别一列",
  "follow: a row that was kept or relabelled before the job was made has its class for certain, and one that was dropped is not learned from. ignore: the posterior alone":
    "follow：任务创建前被保留或改标签的行，其类别视为确定；被丢弃的行不用于学习。ignore：只用后验",
  "The dataset's class names in the order of the columns; the columns are then reordered. A list, or the id of an uploaded one: one name a line, a JSON array, or npy of strings. Default: the order of the indexes of `GET /v1/datasets/{id}/classes`":
    "数据集的类别名，按列的顺序；各列随后重新排列。可以是列表，或上传文件的编号：每行一个名称、JSON 数组，或字符串的 npy。默认为 `GET /v1/datasets/{id}/classes` 的序号顺序",
  "Uses the columns even if they fit the given labels far better in another order of classes":
    "即使各列与原标签按另一种类别顺序更为相符，也使用这些列",
  "Keeps each fold's model as a Hugging Face folder for download":
    "把每折的模型保存为可下载的 Hugging Face 文件夹",
  "auto: the fastest that the worker has": "auto：worker 所具备的最快的后端",
  "together: near-duplicates share a fold, so that no text leaks into its own test":
    "together：近似重复的行分在同一折，使任何文本都不会泄漏到对自己的检验中",
  "Whether the last fold's end queues the second round, whose pool of this model and the quick one becomes the run's probabilities. Default true with albert, false with linear; data sets too small for it are left as they are, with a warning":
    "最后一折结束时是否排入第二轮，由此模型与快速模型合并得到运行的概率。albert 默认 true，linear 默认 false；数据太少时保持原样并给出警告",
  "Queues a pruning with these options when the last fold is done":
    "最后一折完成后按这些选项排入一次剪枝",
  "npy or npz (n, C): one row per sample in order, one column per class in the order of `classes`. Of two classes also (n) or (n, 1): the probability of class 1":
    "npy 或 npz（n, C）：按顺序每个样本一行，按 `classes` 的顺序每个类别一列。两个类别时也可以是 (n) 或 (n, 1)：类别 1 的概率",
  "Imports the columns even if they fit the given labels far better in another order of classes":
    "即使各列与原标签按另一种类别顺序更为相符，也照此导入",
  "npy (n): the fold that predicted each sample; prunings by fold need it":
    "npy（n）：预测每个样本的折；按折剪枝时需要",
  "Queues a pruning with these options when the import is done": "导入完成后按这些选项排入一次剪枝",
  "Flags the rows down to the score whose flags are this often right, by an experiment and by the reviews of rows at random; the report says what it promises. In place of a method; needs experimentId":
    "依据实验和对随机行的审核，标记到达到此正确率的分数为止；报告说明其承诺。代替方法；需要 experimentId",
  "A finished experiment with the same model, on this dataset or on its parent":
    "用同样的模型、在此数据集或其来源上完成的实验",
  "Which of the experiment's `noises` the promise is of; default 0":
    "承诺针对实验的 `noises` 中的哪一个；默认 0",
  "Which of its rates; default the one next to the estimated share of wrong labels":
    "针对其中哪一个比例；默认取最接近错误标签估计比例的",
  "Every wrong class is equally likely": "每个错误类别的可能性相同",
  "Class names; without them each class becomes the next one":
    "类别名；不给出时，每个类别变成下一个类别",
  "Each class becomes the one that the joint of this pruning of the dataset confuses it with most often":
    "每个类别变成此数据集的该剪枝的联合分布最常与之混淆的类别",
  "Its rates are its own: it runs once a seed, whatever `rates` says":
    "比例由其自身决定：无论 `rates` 如何，每个种子运行一次",
  "[i][j]: the share of class i that is labelled j": "[i][j]：类别 i 被标为 j 的比例",
  "The noise that the joint of this pruning of the dataset estimates":
    "此数据集的该剪枝的联合分布所估计的噪声",
  "Each row has the label of one of its annotators, at random: it runs once a seed, whatever `rates` says":
    "每行随机取其一位标注者的标签：无论 `rates` 如何，每个种子运行一次",
  "Shares of each class's rows that are labelled wrongly": "每个类别中标签错误的行的比例",
  "Each seeds one run of every noise and rate: its noise and its folds":
    "每个种子使每种噪声和比例运行一次：决定其噪声和分折",
  "Every run is pruned in each of these ways": "每次运行都按其中每一种方式剪枝",
  "Runs that are queued or under way at a time": "同时排队或运行的次数",
  "nothing: a run's noisy dataset is deleted, with its cross-validation and prunings, once its figures are stored":
    "nothing：数字保存之后，删除该次运行的含噪数据集及其交叉验证和剪枝",
  "A dataset of other rows to judge on, by its true labels or else its given ones: its classes must be among those of the pruned one, by name. Each version's model then learns from all of its rows":
    "用于评判的另一个数据集，按其真实标签，没有时按原标签；其类别名必须都在被剪枝的数据集之中。此时每个版本的模型用其全部行学习",
  "Each row is judged by a model that did not learn from it; no matter with testDatasetId":
    "每行由没有学过它的模型评判；给出 testDatasetId 时不起作用",
  "Shares of the rows that are reviewed, with the true labels as the reviewer: flags in their order, then the other rows by the probability of an error; and at random":
    "审核的行的比例，以真实标签为审核者：先按标记的顺序，再按其余行出错的概率；并与随机顺序比较",
  "How many groups of near-duplicates, and how many outliers, the result lists; `/findings/...` of the job lists all":
    "列出多少组近似重复和多少个离群行；任务的 `/findings/...` 列出全部",
};
