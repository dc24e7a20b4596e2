interface Asked<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

/** What is asked for while something else is done waits, and is then done at once. */
export class Together<Item, Answer> {
  readonly #run: (items: () => readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>;
  readonly #weight: (item: Item) => number;
  readonly #most: number;
  #waiting: Asked<Item, Answer>[] = [];
  #isBegun = false;

  /**
   * @param run Takes what is asked for by then, and answers in order.
   * @param most Of the items' weight, and one in any case.
   */
  constructor(
    run: (items: () => readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
    most = Infinity,
    weight: (item: Item) => number = () => 1,
  ) {
    this.#run = run;
    this.#most = most;
    this.#weight = weight;
  }

  ask(item: Item): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#isBegun) void this.#begin();
    return promise;
  }

  #take(): Asked<Item, Answer>[] {
    let weight = 0;
    const end = this.#waiting.findIndex(({ item }, index) =>
      (weight += this.#weight(item)) > this.#most && index > 0
    );
    const taken = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
    this.#isBegun = false;
    if (this.#waiting.length > 0) void this.#begin();
    return taken;
  }

  async #begin(): Promise<void> {
    this.#isBegun = true;
    let taken: Asked<Item, Answer>[] | undefined;
    try {
      const answers = await this.#run(() => (taken ??= this.#take()).map(({ item }) => item));
      for (const [at, answer] of answers.entries()) taken?.[at]?.resolve(answer);
    } catch (error) {
      for (const { reject } of taken ?? this.#take()) reject(error);
    }
  }
}
