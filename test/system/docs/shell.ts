/** Splits what a `sh` block says into its commands, and each into its words: quotes, comments, `&&`, `|`, `\`. */
export function parseShell(code: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (
    const [token] of code.matchAll(/\\\n|\\.|'[^']*'|"[^"]*"|(?:^|[^\S\n]+)#[^\n]*|&&|[|;\n]|[^\S\n]+|./gm)
  ) {
    if (token === "\\\n" || /^[^\S\n]+$/.test(token)) endWord();
    else if (/^(&&|[|;\n])$/.test(token)) endCommand();
    else if (/^\s*#/.test(token)) endWord();
    else if (/^['"]/.test(token)) word = (word ?? "") + token.slice(1, -1);
    else word = (word ?? "") + token.replace(/^\\/, "");
  }
  endCommand();
  return commands;
}

/** What follows `featureflip` in a command, however it is spelled there; undefined where it is another command. */
export function featureflipArguments(command: readonly string[]): readonly string[] | undefined {
  const words = withoutVariables(command);
  const [first, second] = words;
  if (first === "featureflip") return words.slice(1);
  if ((first === "npx" || first === "bunx") && /^(@featureflip\/sdk|featureflip)$/.test(second ?? "")) {
    return words.slice(2);
  }
  const cli = words.indexOf("jsr:@featureflip/sdk/cli");
  return first === "deno" && second === "run" && cli > 1 ? words.slice(cli + 1) : undefined;
}

/** A command without the variables that are set for it, as in `PORT=0 node server.js`. */
export function withoutVariables(command: readonly string[]): readonly string[] {
  return command.slice(command.findIndex((word) => !/^[A-Z_]+=/.test(word)));
}
