declare module "nunjucks" {
  const engine: { renderString(text: string, context: object): string };
  export default engine;
}
declare module "ejs" {
  const engine: { render(text: string, data: object): string };
  export default engine;
}
