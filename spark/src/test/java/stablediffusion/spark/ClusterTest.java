package stablediffusion.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.StableDiffusion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the application on a cluster of several processes. */
class ClusterTest {
    private static final int PICTURES = 24;
    private static final int STEPS = 6;

    @TempDir
    private static Path folder;
    private static Cluster cluster;
    private static Process first;

    @BeforeAll
    static void start() throws IOException {
        cluster = new Cluster(folder);
        first = cluster.addWorker("3");
        cluster.addWorker("5");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void makesEachPictureOnceAlthoughAnExecutorIsKilled() throws IOException, InterruptedException {
        Path model = Pictures.model(folder.resolve("models"));
        Path input = folder.resolve("requests.csv");
        Path output = folder.resolve("output");
        StringBuilder requests = new StringBuilder("prompt,seed,steps\n");
        for (int i = 0; i < PICTURES; i++) {
            requests.append(i % 2 == 0 ? "a red circle on a blue background," : "\"a yellow star, small\",").append(i).append(',')
                    .append(STEPS).append('\n');
        }
        Files.writeString(input, requests);

        Process submit = cluster.submit("pictures", List.of("--conf", "spark.cores.max=2"), List.of("--input", input.toString(),
                "--output", output.toString(), "--model", model.toString(), "--backend", "cpu", "--precision", "f32",
                "--threads", "1", "--pictures-per-task", "3"));
        ProcessHandle executor = Cluster.executor(first);
        Cluster.await("the first pictures", () -> Pictures.files(output).size() >= 4 || !submit.isAlive());
        assertTrue(executor.destroyForcibly(), () -> "there was no executor to kill: " + errors("submit-pictures"));
        int atKill = Pictures.files(output).size();
        assertTrue(atKill < PICTURES, atKill + " pictures were there when the executor was killed");
        assertEquals(0, Cluster.exitCode(submit), () -> errors("submit-pictures"));
        assertEquals(PICTURES + " requests: " + PICTURES + " pictures made, 0 were there, 0 failed\n",
                cluster.output("submit-pictures", "out"));

        try (SparkSession session = Pictures.session(); StableDiffusion library = Pictures.open(model)) {
            assertHoldsEachPictureOnce(session, output, library);
            Map<Path, FileTime> before = times(output);
            PictureJob.Builder job = PictureJob.builder(model).backend("cpu").precision("f32").threads(1);
            assertEquals(new PictureJob.Report(PICTURES, 0, PICTURES, 0, Optional.empty()),
                    job.run(session.read().option("header", true).csv(input.toString()), output.toString()));
            assertEquals(before, times(output), "a second run makes nothing");

            List<Path> files = Pictures.files(output);
            byte[] damaged = Files.readAllBytes(files.get(5));
            damaged[damaged.length / 2] ^= 1;
            Files.write(files.get(5), damaged);
            Files.delete(files.get(7));
            assertEquals(new PictureJob.Report(PICTURES, 2, PICTURES - 2, 0, Optional.empty()),
                    job.run(session.read().option("header", true).csv(input.toString()), output.toString()));
            assertHoldsEachPictureOnce(session, output, library);
        }
    }

    private static void assertHoldsEachPictureOnce(SparkSession session, Path output, StableDiffusion library) throws IOException {
        List<Row> rows = session.read().parquet(output.resolve("table").toString()).collectAsList();
        assertEquals(PICTURES, rows.size());
        assertEquals(PICTURES, rows.stream().map(row -> row.<String>getAs("id")).distinct().count());
        assertEquals(PICTURES, Pictures.files(output).size());
        for (Row row : rows) {
            Pictures.assertIsTheLibrarys(library, row, Files.readAllBytes(output.resolve(row.<String>getAs("path"))));
        }
        assertTrue(Files.notExists(output.resolve("_unfinished")),
                "what the killed executor had begun is gone after a second run, or was none");
    }

    private static Map<Path, FileTime> times(Path output) throws IOException {
        Map<Path, FileTime> times = new HashMap<>();
        for (Path file : Pictures.files(output)) {
            times.put(file, Files.getLastModifiedTime(file));
        }
        return times;
    }

    private static String errors(String name) {
        try {
            return cluster.output(name, "err");
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** There is no GPU: the error names the device that the task looked for. */
    @Test
    void aTaskLooksForTheGpuThatSparkGaveIt() throws IOException, InterruptedException {
        Path model = Pictures.model(folder.resolve("gpu-models"));
        Path input = Files.writeString(folder.resolve("prompts.txt"), "a red circle\n");
        Process submit = cluster.submit("gpu", List.of("--conf", "spark.executor.resource.gpu.amount=1", "--conf",
                "spark.task.resource.gpu.amount=1", "--conf", "spark.task.maxFailures=1"),
                List.of("--input", input.toString(), "--output", folder.resolve("none").toString(), "--model", model.toString(),
                        "--backend", "opencl"));
        assertEquals(2, Cluster.exitCode(submit), () -> errors("submit-gpu"));
        String message = errors("submit-gpu").lines().toList().getLast();
        assertTrue(message.matches("sd-spark: no device for backend opencl:[35]; there is: cpu.*"), message);
    }
}
