import { buildApp, createLogger, readConfig } from "@winnow/api";
import { openStore, type Store } from "@winnow/store";

type App = Awaited<ReturnType<typeof buildApp>>;

/** Nothing listens there, and nothing connects: the app is built, never called. */
const DATABASE_URL = "postgresql://nobody@127.0.0.1:1/none";

/** Gives `use` the API's app with all of its routes, and a store, without services behind them. */
export async function offline<T>(use: (app: App, store: Store) => T): Promise<T> {
  const store = openStore({ databaseUrl: DATABASE_URL, applicationName: "winnow-docs" });
  try {
    const app = await buildApp({
      store,
      config: readConfig({ DATABASE_URL }),
      logger: createLogger("silent"),
    });
    await app.ready();
    try {
      return use(app, store);
    } finally {
      await app.close();
    }
  } finally {
    await store.close();
  }
}
