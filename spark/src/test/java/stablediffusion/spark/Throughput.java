package stablediffusion.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.Precision;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Compares two executors with a thread each with one process with two threads, for the same pictures. Loading is left out on both sides. For a quiet
 * machine; no test of ours: spark/throughput runs it.
 */
class Throughput {
    private static final int PICTURES = Integer.getInteger("sd.pictures", 120);
    private static final int STEPS = Integer.getInteger("sd.steps", 20);
    private static final int WARM_UP = 5;
    private static final int LEAST_PICTURES = 6 * WARM_UP;
    private static final String PROMPT = "a red circle on a blue background";

    @TempDir
    private Path folder;

    @Test
    void twoExecutorsBesideOneProcess() throws IOException, InterruptedException {
        assertTrue(PICTURES >= LEAST_PICTURES, "sd.pictures is " + PICTURES + "; it must be at least " + LEAST_PICTURES
                + ", because each executor warms up with some");
        Path model =
                System.getProperty("sd.model") == null ? Pictures.model(folder.resolve("models")) : Path.of(System.getProperty("sd.model"));
        double alone = oneProcess(model);
        double together = twoExecutors(model);
        System.out
                .printf(Locale.ROOT,
                        "%d pictures of %s, %d steps, f32: one process with 2 threads %.3f pictures/s, two executors with 1 thread "
                                + "each %.3f pictures/s, ratio %.2f%n",
                        PICTURES, model.getFileName(), STEPS, alone, together, together / alone);
    }

    private static GenerationRequest request(int seed) {
        return GenerationRequest.prompt(PROMPT).seed(seed).steps(STEPS).build();
    }

    private static double oneProcess(Path model) {
        try (StableDiffusion library = StableDiffusion.builder(model).backend("cpu").precision(Precision.F32).threads(2).load()) {
            for (int i = 0; i < WARM_UP; i++) {
                library.generate(request(i)).toPng();
            }
            long begin = System.nanoTime();
            for (int i = 0; i < PICTURES; i++) {
                library.generate(request(i)).toPng();
            }
            return PICTURES / ((System.nanoTime() - begin) / 1e9);
        }
    }

    /** Counts in the time in which both executors were at work: from when both have warmed up to the earlier one's last picture. */
    private double twoExecutors(Path model) throws IOException, InterruptedException {
        Path input = Files.writeString(folder.resolve("requests.csv"), IntStream.range(0, PICTURES)
                .mapToObj(seed -> PROMPT + "," + seed + "," + STEPS + "\n").collect(Collectors.joining("", "prompt,seed,steps\n", "")));
        Path output = folder.resolve("output");
        try (Cluster cluster = new Cluster(folder)) {
            cluster.addWorker("0");
            cluster.addWorker("1");
            assertEquals(0,
                    Cluster.exitCode(cluster.submit("pictures", List.of(),
                            List.of("--input", input.toString(), "--output", output.toString(), "--model", model.toString(), "--backend",
                                    "cpu", "--precision", "f32",
                                    "--threads", "1", "--pictures-per-task", Integer.toString(Math.max(1, PICTURES / 8))))));
        }
        try (SparkSession session = Pictures.session()) {
            List<Row> rows = session.read().parquet(output.resolve("table").toString()).collectAsList();
            return rate(rows);
        }
    }

    private static double rate(List<Row> rows) {
        var byExecutor = rows.stream().collect(Collectors.groupingBy(row -> row.<String>getAs("executor")));
        assertEquals(2, byExecutor.size(), "executors at work");
        double begin =
                byExecutor.values().stream().mapToDouble(own -> own.stream().mapToDouble(Throughput::end).sorted().skip(WARM_UP).findFirst()
                        .orElseThrow()).max().orElseThrow();
        double end = byExecutor.values().stream().mapToDouble(own -> own.stream().mapToDouble(Throughput::end).max().orElseThrow()).min()
                .orElseThrow();
        return rows.stream().mapToDouble(Throughput::end).filter(time -> time > begin && time <= end).count() / (end - begin);
    }

    private static double end(Row row) {
        return row.<Timestamp>getAs("finished").getTime() / 1e3;
    }
}
