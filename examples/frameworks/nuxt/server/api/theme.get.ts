export default defineEventHandler((event) => {
  if (event.context.flags.boolVariation("dark-mode", false)) return "dark";
  return "light";
});
