import {
  BOOL,
  type DataType,
  FLOAT,
  GraphFile,
  INT32,
  type Node,
  type Variable,
} from "./graph-file.js";

/** A tensor of the graph, or a number for a constant of the other operand's type. */
export type Value = Node | number;

/** A side of a shape: a number, or a scalar int32 of the graph where it is known only at the call. */
export type Side = number | Node;

/** TensorFlow's operations by the names that TensorFlow.js gives them. */
export class Graph extends GraphFile {
  add = (a: Value, b: Value): Node => this.#binary("AddV2", a, b);
  sub = (a: Value, b: Value): Node => this.#binary("Sub", a, b);
  mul = (a: Value, b: Value): Node => this.#binary("Mul", a, b);
  div = (a: Value, b: Value): Node => this.#binary("RealDiv", a, b);
  maximum = (a: Value, b: Value): Node => this.#binary("Maximum", a, b);
  less = (a: Value, b: Value): Node => ({ ...this.#binary("Less", a, b), type: BOOL });
  equal = (a: Value, b: Value): Node => {
    const [x, y] = this.#operands(a, b);
    const attributes = { T: { type: x.type }, incompatible_shape_error: { flag: true } };
    return this.operation("Equal", BOOL, [x, y], attributes);
  };

  square = (x: Node): Node => this.#unary("Square", x);
  sqrt = (x: Node): Node => this.#unary("Sqrt", x);
  rsqrt = (x: Node): Node => this.#unary("Rsqrt", x);
  exp = (x: Node): Node => this.#unary("Exp", x);
  erf = (x: Node): Node => this.#unary("Erf", x);
  sigmoid = (x: Node): Node => this.#unary("Sigmoid", x);
  tanh = (x: Node): Node => this.#unary("Tanh", x);
  relu = (x: Node): Node => this.#unary("Relu", x);
  softmax = (x: Node): Node => this.#unary("Softmax", x);
  logSoftmax = (x: Node): Node => this.operation("LogSoftmax", FLOAT, [x], { T: { type: FLOAT } });
  /** Half the sum of the squares: (). */
  halfSquares = (x: Node): Node => this.#unary("L2Loss", x);
  /** 1 where x is above 0, else 0. */
  step = (x: Node): Node => this.cast(this.less(this.scalar(0), x));
  cast = (x: Node): Node =>
    this.operation("Cast", FLOAT, [x], { SrcT: { type: x.type }, DstT: { type: FLOAT } });

  /** a (n, k) times b (k, m), each transposed first if asked for. */
  matMul = (a: Node, b: Node, transposeA = false, transposeB = false): Node =>
    this.operation("MatMul", FLOAT, [a, b], {
      T: { type: FLOAT },
      transpose_a: { flag: transposeA },
      transpose_b: { flag: transposeB },
    });
  /** The same over the last two axes of tensors with more. */
  batchMatMul = (a: Node, b: Node, transposeA = false, transposeB = false): Node =>
    this.operation("BatchMatMulV2", FLOAT, [a, b], {
      T: { type: FLOAT },
      adj_x: { flag: transposeA },
      adj_y: { flag: transposeB },
    });
  biasAdd = (x: Node, bias: Node): Node =>
    this.operation("BiasAdd", FLOAT, [x, bias], { T: { type: FLOAT } });

  sum = (x: Node, axis: number, keep = false): Node => this.#reduce("Sum", x, axis, keep);
  mean = (x: Node, axis: number, keep = false): Node => this.#reduce("Mean", x, axis, keep);
  max = (x: Node, axis: number, keep = false): Node => this.#reduce("Max", x, axis, keep);
  addN = (nodes: readonly Node[]): Node =>
    nodes.length === 1
      ? nodes[0]!
      : this.operation("AddN", FLOAT, nodes, {
          N: { count: nodes.length },
          T: { type: FLOAT },
        });

  reshape = (x: Node, sides: readonly Side[]): Node =>
    this.operation("Reshape", x.type, [x, this.sides(sides)], {
      T: { type: x.type },
      Tshape: { type: INT32 },
    });
  transpose = (x: Node, order: number[]): Node =>
    this.operation("Transpose", FLOAT, [x, this.constant(INT32, [order.length], order)], {
      T: { type: FLOAT },
      Tperm: { type: INT32 },
    });
  /** A side of -1 in `size` reaches to the end. */
  slice = (x: Node, begin: readonly Side[], size: readonly Side[]): Node =>
    this.operation("Slice", FLOAT, [x, this.sides(begin), this.sides(size)], {
      T: { type: FLOAT },
      Index: { type: INT32 },
    });
  /** Zeros around x: for each axis, how many before and after. */
  pad = (x: Node, around: readonly (readonly [Side, Side])[]): Node => {
    const columns = [0, 1].map((end) => this.sides(around.map((pair) => pair[end]!)));
    const paddings = this.operation("Pack", INT32, columns, {
      N: { count: 2 },
      T: { type: INT32 },
      axis: { count: 1 },
    });
    return this.operation("Pad", FLOAT, [x, paddings], {
      T: { type: FLOAT },
      Tpaddings: { type: INT32 },
    });
  };
  concat = (nodes: readonly Node[], axis: number): Node =>
    this.operation("ConcatV2", FLOAT, [...nodes, this.integer(axis)], {
      N: { count: nodes.length },
      T: { type: FLOAT },
      Tidx: { type: INT32 },
    });

  /** The rows `ids` of x. */
  gather = (x: Node, ids: Node): Node =>
    this.operation("GatherV2", FLOAT, [x, ids, this.integer(0)], {
      Tparams: { type: FLOAT },
      Tindices: { type: INT32 },
      Taxis: { type: INT32 },
    });
  /** Row s of the result is the sum of the rows of x with id s. */
  segmentSum = (x: Node, ids: Node, segments: Side): Node =>
    this.operation("UnsortedSegmentSum", FLOAT, [x, ids, this.integer(segments)], {
      T: { type: FLOAT },
      Tindices: { type: INT32 },
      Tnumsegments: { type: INT32 },
    });
  oneHot = (ids: Node, depth: number): Node =>
    this.operation("OneHot", FLOAT, [ids, this.integer(depth), this.scalar(1), this.scalar(0)], {
      T: { type: FLOAT },
      TI: { type: INT32 },
      axis: { count: -1 },
    });

  /** 0 .. end - 1. */
  range = (end: Side): Node =>
    this.operation("Range", INT32, [this.integer(0), this.integer(end), this.integer(1)], {
      Tidx: { type: INT32 },
    });
  fill = (sides: readonly Side[], value: number): Node =>
    this.operation("Fill", FLOAT, [this.sides(sides), this.scalar(value)], {
      T: { type: FLOAT },
      index_type: { type: INT32 },
    });
  /** Uniform in [0, 1); the same `seed` (2), int32, gives the same numbers. */
  uniform = (sides: readonly Side[], seed: Node): Node =>
    this.operation("StatelessRandomUniform", FLOAT, [this.sides(sides), seed], {
      dtype: { type: FLOAT },
      T: { type: INT32 },
      Tseed: { type: INT32 },
    });
  /** The sides of x, which has `rank` axes: scalars, int32. */
  sidesOf = (x: Node, rank: number): Node[] => {
    const shape = this.operation("Shape", INT32, [x], {
      T: { type: x.type },
      out_type: { type: INT32 },
    });
    return this.unstack(shape, rank);
  };
  /** The elements of x (n). */
  unstack = (x: Node, n: number): Node[] => {
    const attributes = { num: { count: n }, T: { type: x.type }, axis: { count: 0 } };
    const first = this.operation("Unpack", x.type, [x], attributes);
    return Array.from({ length: n }, (_, i) => (i === 0 ? first : this.output(first, i)));
  };
  /** A shape, or a list of integers: (n) int32. */
  sides(sides: readonly Side[]): Node {
    if (sides.every((side) => typeof side === "number")) {
      return this.constant(INT32, [sides.length], sides as number[]);
    }
    return this.operation(
      "Pack",
      INT32,
      sides.map((side) => this.integer(side)),
      {
        N: { count: sides.length },
        T: { type: INT32 },
        axis: { count: 0 },
      },
    );
  }
  scalar(value: number): Node {
    return this.constant(FLOAT, [], [value]);
  }
  integer(value: Side): Node {
    return typeof value === "number" ? this.constant(INT32, [], [value]) : value;
  }

  read = (variable: Variable, after: readonly Node[] = []): Node =>
    this.variableOperation("ReadVariableOp", [variable], [], { dtype: { type: FLOAT } }, after);
  assign = (variable: Variable, value: Node, after: readonly Node[] = []): Node =>
    this.#assign("AssignVariableOp", variable, value, after);
  assignAdd = (variable: Variable, value: Node, after: readonly Node[] = []): Node =>
    this.#assign("AssignAddVariableOp", variable, value, after);
  assignSub = (variable: Variable, value: Node, after: readonly Node[] = []): Node =>
    this.#assign("AssignSubVariableOp", variable, value, after);
  /** x in memory of TensorFlow's own. */
  snapshot = (x: Node): Node => this.#unary("Snapshot", x);
  /** x itself, once the operations `after` have run. */
  identity = (x: Node, after: readonly Node[]): Node =>
    this.operation("Identity", x.type, [x], { T: { type: x.type } }, after);

  #assign(kind: string, variable: Variable, value: Node, after: readonly Node[]): Node {
    return this.variableOperation(kind, [variable], [value], { dtype: { type: FLOAT } }, after);
  }

  #unary(kind: string, x: Node): Node {
    return this.operation(kind, x.type, [x], { T: { type: x.type } });
  }

  #binary(kind: string, a: Value, b: Value): Node {
    const [x, y] = this.#operands(a, b);
    return this.operation(kind, x.type, [x, y], { T: { type: x.type } });
  }

  #operands(a: Value, b: Value): [Node, Node] {
    const type = typeof a === "number" ? (b as Node).type : a.type;
    const node = (value: Value) =>
      typeof value === "number" ? this.constant(type as typeof FLOAT, [], [value]) : value;
    return [node(a), node(b)];
  }

  #reduce(kind: string, x: Node, axis: number, keep: boolean): Node {
    return this.operation(kind, x.type, [x, this.constant(INT32, [1], [axis])], {
      T: { type: x.type },
      Tidx: { type: INT32 },
      keep_dims: { flag: keep },
    });
  }
}

export { type DataType, FLOAT, INT32, type Node, type Variable };
