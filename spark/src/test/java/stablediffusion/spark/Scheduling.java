package stablediffusion.spark;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Locale;

/**
 * Measures how many tasks a second Spark's scheduler starts and ends, with tasks that do nothing, on executors in processes of their own
 * (local-cluster). No test of ours: spark/scheduling runs it.
 */
class Scheduling {
    private static final int PICTURES = 1_000_000;
    private static final int EXECUTORS = 2;
    private static final int SLOTS = 4;

    @Test
    void tasksASecond() throws IOException {
        try (SparkSession session =
                SparkSession.builder().master("local-cluster[" + EXECUTORS + "," + SLOTS + ",1024]").appName("scheduling")
                        .config("spark.ui.enabled", true).config("spark.ui.port", 0)
                        .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
                        .config("spark.executor.memory", "512m")
                        .getOrCreate()) {
            session.sparkContext().setLogLevel("ERROR");
            run(session, 1000);
            for (int perTask : new int[] {1000, 100, 30}) {
                int tasks = PICTURES / perTask;
                double seconds = run(session, tasks);
                System.out.printf(Locale.ROOT, "%,d pictures, %d a task: %,d tasks in %.1f s, %.0f tasks a second%n", PICTURES, perTask,
                        tasks,
                        seconds, tasks / seconds);
            }
        }
    }

    /** Returns the seconds of one stage; it uses Spark's own operators alone, so that executors need none of our classes. */
    private static double run(SparkSession session, int tasks) {
        long begin = System.nanoTime();
        session.range(0, PICTURES, 1, tasks).filter("id < 0").rdd().count();
        return (System.nanoTime() - begin) / 1e9;
    }
}
