/** Long because it is data: the words of the demo set. People, clubs and companies are roles. */

export type Language = "zh" | "en";

/** Noun phrases that act (`who`) and that are acted upon (`what`). */
export interface Nouns {
  readonly who: readonly string[];
  readonly what: readonly string[];
}

/** A first-level class: words that all its second-level classes share, and those classes. */
export interface Family {
  readonly name: string;
  readonly did: Readonly<Record<Language, readonly string[]>>;
  readonly words: Readonly<Record<Language, Nouns>>;
  readonly classes: readonly {
    readonly name: string;
    /** Titles of this class in 6,000. */
    readonly titles: number;
    readonly words: Readonly<Record<Language, Nouns>>;
  }[];
}

const zh = (text: string): readonly string[] => text.split(" ");
const en = (text: string): readonly string[] => text.split(" | ");

/** Words that may occur in any title. */
export const GENERAL = {
  did: {
    zh: zh("迎来 聚焦 意外碰上 公布 看好 质疑 改变 等待 重新定义 绕不开"),
    en: en("talks about | waits for | questions | changes | shares | doubts | welcomes | reveals"),
  },
  words: {
    zh: {
      who: zh("网友 专家 年轻人 这座城市 九零后 记者 一家三口 老师 过来人 不少人"),
      what: zh(
        "新计划 热搜话题 最新消息 一封公开信 关键时刻 三个问题 大变化 周末惊喜 老规矩 一份名单",
      ),
    },
    en: {
      who: en("a local family | one expert | the city | a young reader | everyone | the mayor"),
      what: en(
        "a new plan | the big question | an open letter | three problems | the final list | a quiet change",
      ),
    },
  },
  lead: {
    zh: zh("重磅 深度 快讯 独家 解读 现场 观察 盘点"),
    en: en("Breaking | Analysis | Exclusive | Opinion | Live | Explained"),
  },
  when: {
    zh: zh("今晚 时隔三年 本周 凌晨 开年 年底前 第一次 又一次"),
    en: en("this week | after three years | on Monday | overnight | before spring | once again"),
  },
  tail: {
    zh: zh(
      "网友吵翻了 你怎么看 背后原因找到了 这次真的不一样 值得收藏 看完沉默了 数据说明一切 官方回应了",
    ),
    en: en(
      "here is why | what we know so far | in three charts | and nobody noticed | says report | a closer look",
    ),
  },
} as const;

const SPORTS: Family = {
  name: "sports",
  did: {
    zh: zh("拿下 输掉 备战 错过 赢得 回顾 逆转"),
    en: en("wins | loses | prepares for | misses | reviews | turns around"),
  },
  words: {
    zh: {
      who: zh("冠军球队 主教练 球迷 裁判 俱乐部 对手 队医 老将"),
      what: zh("决赛 伤病名单 主场比赛 冠军奖杯 新赛季 比赛录像 训练课 奖金"),
    },
    en: {
      who: en("the champion | the head coach | the fans | the referee | the club | a veteran"),
      what: en(
        "the final | the injury list | the home game | the trophy | the new season | training",
      ),
    },
  },
  classes: [
    {
      name: "football",
      titles: 640,
      words: {
        zh: {
          who: zh(
            "主队门将 国脚后卫 边锋新人 中场核心 足协主席 替补前锋 女足姑娘 升班马 助理裁判 乙级球队",
          ),
          what: zh(
            "点球大战 帽子戏法 越位判罚 补时绝杀 转会窗口 小组出线 黄牌停赛 足球青训营 任意球 零封纪录",
          ),
        },
        en: {
          who: en("the goalkeeper | a young striker | the left back | the women's football side"),
          what: en(
            "the penalty shoot-out | a hat-trick | the offside call | a free kick | stoppage time",
          ),
        },
      },
    },
    {
      name: "basketball",
      titles: 560,
      words: {
        zh: {
          who: zh(
            "控球后卫 内线中锋 三分射手 男篮主帅 篮球少年 状元秀 第六人 扣篮王 小前锋 街球高手",
          ),
          what: zh(
            "三双数据 罚球机会 抢七大战 选秀大会 压哨三分 篮板之争 常规赛收官 暂停战术 扣篮大赛 顶薪合同",
          ),
        },
        en: {
          who: en(
            "the point guard | a tall centre | the draft pick | the sixth man | the dunk king",
          ),
          what: en("a triple-double | the free throws | game seven | the draft | a buzzer beater"),
        },
      },
    },
    {
      name: "tennis",
      titles: 520,
      words: {
        zh: {
          who: zh(
            "种子选手 双打组合 资格赛黑马 网坛名宿 外卡小花 左手球员 发球机器 红土高手 网球少女 世界第一",
          ),
          what: zh(
            "抢七盘 大满贯首轮 反手制胜分 草地赛季 破发点 鹰眼挑战 网球公开赛 发球局 混双冠军 轮空名额",
          ),
        },
        en: {
          who: en(
            "the top seed | the doubles pair | a wild card | the qualifier | the left-hander",
          ),
          what: en(
            "the tie-break | the first serve | a break point | the clay season | match point",
          ),
        },
      },
    },
  ],
};

const FINANCE: Family = {
  name: "finance",
  did: {
    zh: zh("下调 上调 警惕 押注 抛售 追捧 测算"),
    en: en("cuts | raises | bets on | sells off | warns of | pays for"),
  },
  words: {
    zh: {
      who: zh("投资者 监管部门 分析师 机构 央企 民营老板 中产家庭 交易员"),
      what: zh("资金流向 风险提示 年度财报 市场预期 成交数据 新政策 现金流 债务"),
    },
    en: {
      who: en("the investor | the regulator | an analyst | the fund | a private firm | the trader"),
      what: en(
        "the annual report | the new rules | cash flow | the debt | market hopes | the figures",
      ),
    },
  },
  classes: [
    {
      name: "stocks",
      titles: 600,
      words: {
        zh: {
          who: zh("券商龙头 散户 基金经理 次新股 白酒股 做空者 科创板公司 私募大佬 打新族 沪指"),
          what: zh(
            "涨停板 股价新低 分红方案 北向资金 创业板指 大小非解禁 三千点关口 市盈率 牛市行情 停牌公告",
          ),
        },
        en: {
          who: en("the broker | a day trader | the blue chip | the short seller | the stock index"),
          what: en(
            "the dividend | share prices | a bull market | the listing | a record low on the index",
          ),
        },
      },
    },
    {
      name: "property",
      titles: 480,
      words: {
        zh: {
          who: zh(
            "开发商 刚需族 房产中介 炒房客 二手房东 新一线楼市 购房者 物业公司 公寓业主 租客",
          ),
          what: zh(
            "学区房 首付比例 土地拍卖 限购令 房贷合同 公积金 期房交付 租金涨幅 房产税 精装修样板间",
          ),
        },
        en: {
          who: en("the landlord | a home buyer | the estate agent | the builder | the tenant"),
          what: en("the mortgage | house prices | the land auction | the rent | a show flat"),
        },
      },
    },
    {
      name: "banking",
      titles: 440,
      words: {
        zh: {
          who: zh("央行 城商行 银行柜员 储户 信用卡用户 支付平台 贷款客户 存款大妈 行长 农信社"),
          what: zh(
            "存款利率 降准 信用卡账单 理财产品 不良贷款 大额存单 转账手续费 征信报告 外汇储备 手机银行",
          ),
        },
        en: {
          who: en("the central bank | a bank clerk | the saver | the credit union | the lender"),
          what: en(
            "the interest rate | bad loans | the credit card fee | a savings account | the transfer",
          ),
        },
      },
    },
  ],
};

const TECHNOLOGY: Family = {
  name: "technology",
  did: {
    zh: zh("发布 升级 拆解 评测 预装 召回 吐槽"),
    en: en("launches | upgrades | tests | recalls | takes apart | unveils"),
  },
  words: {
    zh: {
      who: zh("工程师 科技公司 首席执行官 测评博主 发烧友 供应商 创业团队 产品经理"),
      what: zh("新品发布会 智能芯片 电池技术 语音助手 自主研发 用户体验 专利诉讼 价格屠夫"),
    },
    en: {
      who: en(
        "the engineer | a start-up | the chief executive | a reviewer | the supplier | the maker",
      ),
      what: en(
        "the new chip | the battery | a patent | the voice assistant | the launch event | the price",
      ),
    },
  },
  classes: [
    {
      name: "phones",
      titles: 560,
      words: {
        zh: {
          who: zh("国产手机 旗舰机 千元机 折叠屏 拍照手机 老年机 手机店主 代工厂 数码控 游戏手机"),
          what: zh(
            "刘海屏 屏下指纹 快充头 双摄像头 内存版本 系统更新 手机信号 全面屏 自拍效果 跑分成绩",
          ),
        },
        en: {
          who: en(
            "the phone maker | the flagship phone | a folding phone | the handset | the camera phone",
          ),
          what: en(
            "the notch | fast charging | the selfie camera | the touch screen | a phone signal",
          ),
        },
      },
    },
    {
      name: "software",
      titles: 520,
      words: {
        zh: {
          who: zh(
            "程序员 开源社区 算法团队 黑客 操作系统 小程序 云服务商 浏览器 人工智能 运维小哥",
          ),
          what: zh(
            "源代码 安全漏洞 数据库 编程语言 深度学习 勒索病毒 服务器宕机 开发文档 补丁 云计算",
          ),
        },
        en: {
          who: en(
            "a programmer | the hacker | the open source project | the browser | a cloud provider",
          ),
          what: en(
            "the source code | a security hole | the database | a patch | the programming language",
          ),
        },
      },
    },
    {
      name: "cars",
      titles: 480,
      words: {
        zh: {
          who: zh(
            "新能源车 越野车主 老司机 合资品牌 国产SUV 试驾员 维修技师 经销商 网约车 豪华轿车",
          ),
          what: zh(
            "百公里油耗 自动驾驶 涡轮增压 刹车失灵 充电桩 车牌摇号 二手车价 后备箱 四驱系统 保养费用",
          ),
        },
        en: {
          who: en("the carmaker | a taxi driver | the electric car | the dealer | the test driver"),
          what: en(
            "fuel economy | the self-driving car | the brakes | a charging station | the gearbox",
          ),
        },
      },
    },
  ],
};

const CULTURE: Family = {
  name: "culture",
  did: {
    zh: zh("致敬 首播 改编 推荐 翻红 回忆 演绎"),
    en: en("praises | revives | adapts | recommends | remembers | celebrates"),
  },
  words: {
    zh: {
      who: zh("粉丝 艺术家 观众 经纪人 评论家 新人 文艺青年 大师"),
      what: zh("经典作品 获奖名单 幕后故事 首发式 作品版权 口碑 童年回忆 颁奖典礼"),
    },
    en: {
      who: en("the artist | the critic | a newcomer | the audience | the agent | the jury"),
      what: en(
        "a classic | the award | the story behind it | the rights | the premiere | the review",
      ),
    },
  },
  classes: [
    {
      name: "film",
      titles: 460,
      words: {
        zh: {
          who: zh("导演 女主角 编剧 影帝 院线 配角演员 特效团队 制片人 武打替身 片方"),
          what: zh("票房冠军 预告片 春节档 动作戏 烂片 长镜头 电影节 片尾彩蛋 翻拍剧 上映日期"),
        },
        en: {
          who: en("the director | the lead actress | the screenwriter | a stuntman | the studio"),
          what: en("the box office | the trailer | a remake | the film festival | the final scene"),
        },
      },
    },
    {
      name: "music",
      titles: 400,
      words: {
        zh: {
          who: zh("歌手 摇滚乐队 钢琴家 作曲人 民谣诗人 合唱团 鼓手 女声组合 唱片公司 音乐老师"),
          what: zh("新专辑 演唱会门票 主打歌 翻唱版本 歌词 巡演 音乐节 单曲榜 伴奏带 交响曲"),
        },
        en: {
          who: en("the singer | a rock band | the pianist | the drummer | the choir"),
          what: en("a new album | the tour | the chorus | a live concert | the music chart"),
        },
      },
    },
    {
      name: "books",
      titles: 340,
      words: {
        zh: {
          who: zh("小说家 出版社 译者 书店老板 诗人 图书管理员 网文作者 读书会 历史学者 编辑"),
          what: zh("长篇小说 再版 书评 手稿 畅销书榜 散文集 结尾章节 绘本 诗歌选 悬疑故事"),
        },
        en: {
          who: en("the novelist | the publisher | a translator | the poet | the librarian"),
          what: en(
            "a debut novel | the manuscript | the last chapter | the bestseller list | a book fair",
          ),
        },
      },
    },
  ],
};

/** Four first-level classes with three second-level ones each. */
export const FAMILIES: readonly Family[] = [SPORTS, FINANCE, TECHNOLOGY, CULTURE];
