package stablediffusion.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.StableDiffusion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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

    /** The model's path leads to it from the working directory of the driver, and to nothing from that of an executor. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void theModelIsSentToExecutorsThatDoNotSeeIt() throws IOException, InterruptedException {
        Path model = Pictures.model(folder.resolve("hidden"));
        String hidden = Path.of("/proc/self/cwd").resolve(folder.relativize(model)).toString();
        Path input = Files.writeString(folder.resolve("hidden.csv"), IntStream.range(0, 6)
                .mapToObj(seed -> "a red circle," + seed + "," + STEPS + "\n").collect(Collectors.joining("", "prompt,seed,steps\n", "")));
        Path output = folder.resolve("sent");
        List<String> options = List.of("--input", input.toString(), "--output", output.toString(), "--model", hidden, "--backend", "cpu",
                "--precision", "f32", "--threads", "1", "--pictures-per-task", "1");

        Process without = cluster.submit("without", List.of("--conf", "spark.task.maxFailures=1"), options);
        assertEquals(2, Cluster.exitCode(without), () -> errors("submit-without"));
        assertEquals("sd-spark: no such model: " + hidden, errors("submit-without").lines().toList().getLast());

        Process submit = cluster.submit("sent", List.of(), Stream.concat(options.stream(), Stream.of("--ship-model")).toList());
        Set<Path> copies = new HashSet<>();
        Cluster.await("the end of the job", () -> {
            copies.addAll(copiesOfModels());
            return !submit.isAlive();
        });
        assertEquals(0, Cluster.exitCode(submit), () -> errors("submit-sent"));
        assertTrue(copies.size() == 1 || copies.size() == 2, () -> "two executors at most, each with one copy, but there were " + copies);
        Cluster.await("the removal of the copies", () -> copiesOfModels().isEmpty());
        assertTrue(Files.notExists(output.resolve("_unfinished")), "what the executors copied is removed");
        try (SparkSession session = Pictures.session(); StableDiffusion library = Pictures.open(model)) {
            List<Row> rows = session.read().parquet(output.resolve("table").toString()).collectAsList();
            assertEquals(6, rows.size());
            for (Row row : rows) {
                Pictures.assertIsTheLibrarys(library, row, Files.readAllBytes(output.resolve(row.<String>getAs("path"))));
            }
        }
    }

    private static Set<Path> copiesOfModels() {
        try (Stream<Path> all = Files.walk(cluster.localDisk())) {
            return all.filter(path -> path.endsWith("manifest.json")).collect(Collectors.toSet());
        } catch (UncheckedIOException | IOException changing) {
            return Set.of();
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
