// The folders of src/, from what imports nothing to what imports all. A folder imports only from folders before it; those
// that stand together do not import each other.
const ORDER = [
  ["errors"],
  ["runtime"],
  ["contract"],
  ["regex"],
  ["evaluation"],
  ["store"],
  ["http"],
  ["shared-store"],
  ["data-source", "events"],
  ["client"],
  ["server", "testing", "evaluate"],
  ["adapters"],
  ["cli"],
];

const allowed = ORDER.flatMap((folders, index) => {
  const before = ORDER.slice(0, index).flat();
  return folders.map((folder) => ({
    name: `order-${folder}`,
    comment: `src/${folder} imports only from: ${before.join(", ") || "nothing"}`,
    severity: "error",
    from: { path: `^src/${folder}/` },
    to: { path: "^src/.+/", pathNot: `^src/(?:${[folder, ...before].join("|")})/` },
  }));
});

export default {
  forbidden: [
    {
      name: "cycle",
      comment: "Modules must not form a cycle, types included",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...allowed,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      conditionNames: ["source", "types", "import", "default"],
      exportsFields: ["exports"],
    },
  },
};
