/** The globals of runtimes that this package reads. All of them may be missing. */
export interface HostGlobals {
  readonly Bun?: { readonly version?: string };
  readonly Deno?: {
    readonly version?: { readonly deno?: string };
    /** The name of the property that holds Deno's internals. */
    readonly internal?: symbol;
    readonly env?: { get(name: string): string | undefined };
    unrefTimer?(id: number): void;
    createHttpClient?(options: { readonly http2: boolean }): { close(): void };
  };
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly execArgv?: readonly string[];
    getBuiltinModule?(name: string): unknown;
  };
  readonly navigator?: { readonly userAgent?: string };
  readonly EdgeRuntime?: unknown;
  readonly WebSocketPair?: unknown;
}
