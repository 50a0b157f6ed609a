package stablediffusion.spark.application;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import stablediffusion.StableDiffusion;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the application on Parquet files and tables, whose columns have types. */
class TypedInputTest {
    private static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");
    /** Small pictures: what is tested is the input. */
    private static final String TYPED = """
            select * from values
                ('a circle', cast(3 as bigint), cast(2 as int), cast(0.5 as double), cast(5.50 as decimal(5, 2)), cast(64 as smallint), 64L, true, 'ddim'),
                ('a star', null, null, null, null, null, null, null, null)
                as t(prompt, seed, steps, eta, cfg_scale, width, height, literal, sampler)""";

    @TempDir
    private static Path folder;
    private static SparkSession session;
    private static Path model;
    @TempDir
    private Path own;
    private StringWriter errors;

    @BeforeAll
    static void start() throws IOException {
        Path checkpoint = Files.copy(CHECKPOINT, folder.resolve("tiny-shapes.ckpt"));
        Files.copy(CHECKPOINT.resolveSibling("tiny-shapes.defaults.json"), folder.resolve("tiny-shapes.defaults.json"));
        StableDiffusion.builder(checkpoint).backend("cpu").load().close();
        model = folder.resolve("tiny-shapes");
    }

    /** The application takes the session that there is, and ends it, so that each run needs a new one. */
    @BeforeEach
    void open() {
        session = SparkSession.builder().master("local[2]").appName("test").config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2).config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1").config("spark.network.timeout", "900s")
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString()).getOrCreate();
        errors = new StringWriter();
    }

    @AfterAll
    static void stop() {
        session.stop();
    }

    private int run(String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("--output", own.resolve("output").toString(), "--model", model.toString(), "--backend",
                        "cpu", "--precision", "f32", "--threads", "1", "--pictures-per-task", "2"));
        arguments.addAll(List.of(options));
        return SparkApplication.commandLine().setErr(new PrintWriter(errors)).setOut(new PrintWriter(new StringWriter()))
                .execute(arguments.toArray(String[]::new));
    }

    private String parquet(String query) {
        String path = own.resolve("input.parquet").toString();
        session.sql(query).write().parquet(path);
        return path;
    }

    private Set<Map<String, String>> requests() {
        open();
        Set<Map<String, String>> requests = new HashSet<>();
        Dataset<Row> table = session.read().parquet(own.resolve("output").resolve("table").toString());
        for (Row row : table.collectAsList()) {
            assertNull(row.<String>getAs("error"));
            assertNotNull(row.<String>getAs("sha256"));
            requests.add(Map.copyOf(row.<String, String>getJavaMap(row.fieldIndex("request"))));
        }
        return requests;
    }

    private static void assertAreTheTypedOnes(Set<Map<String, String>> requests) {
        assertEquals(2, requests.size());
        assertTrue(
                requests.contains(Map.of("prompt", "a circle", "seed", "3", "steps", "2", "eta", "0.5", "cfg_scale", "5.5", "width", "64",
                        "height", "64", "literal", "true", "sampler", "ddim")),
                requests::toString);
        Map<String, String> star = requests.stream().filter(request -> request.get("prompt").equals("a star")).findFirst().orElseThrow();
        assertEquals(Set.of("prompt", "seed"), star.keySet(), "what is null is left to the defaults, and a seed follows from the row");
    }

    @Test
    void parquetWithColumnsOfAllTypes() {
        assertEquals(0, run("--input", parquet(TYPED)), errors::toString);
        assertAreTheTypedOnes(requests());
    }

    @Test
    void aTableOfTheCatalog() {
        session.sql("create table requests using parquet as " + TYPED);
        assertEquals(0, run("--input", "requests", "--format", "table"), errors::toString);
        assertAreTheTypedOnes(requests());
    }

    @Test
    void theTypeOfAColumnDoesNotChangeThePicture() throws IOException {
        assertEquals(0, run("--input", parquet("select 'a circle' as prompt, 3L as seed, 2 as steps, 5.5D as cfg_scale")),
                errors::toString);
        Path csv = Files.writeString(own.resolve("same.csv"), "prompt,seed,steps,cfg_scale\na circle,3,2,5.50\n");
        open();
        assertEquals(0, run("--input", csv.toString()), errors::toString);
        assertEquals(1, requests().size(), "the second run found the first one's picture");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "select 'a' as prompt, array(1) as steps | 2 | the column steps has the type array<int>; it must be text, numbers, or true and false",
        "select cast('a' as binary) as prompt | 2 | the column prompt has the type binary; it must be text, numbers, or true and false",
        "select 'a' as prompt, date'2026-01-01' as seed | 2 | the column seed has the type date; it must be text, numbers, or true and false",
        "select 'a' as prompt, 1 as step | 2 | there is no field 'step' of a request",
        "select 1 as seed | 2 | the input has no column prompt; it has seed",
        "select 'a' as prompt, 2.5D as steps | 1 | all requests failed; the column error of",
    })
    void aColumnThatIsNoFieldOrHasAnotherTypeIsNamed(String query, int exitCode, String message) {
        assertEquals(exitCode, run("--input", parquet(query)), errors::toString);
        assertLastLine(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "nothing | 2 | there is no table nothing",
        "not a name | 2 | is no name of a table: write for instance",
    })
    void aTableThatIsMissingIsNamed(String table, int exitCode, String message) {
        assertEquals(exitCode, run("--input", table, "--format", "table"), errors::toString);
        assertLastLine(message);
    }

    @Test
    void aFileThatIsNoParquetIsOneLine() throws IOException {
        Path file = Files.writeString(own.resolve("text.parquet"), "prompt\na circle\n");
        assertEquals(1, run("--input", file.toString()), errors::toString);
        assertLastLine(file.getFileName().toString());
    }

    private void assertLastLine(String message) {
        String last = errors.toString().lines().toList().getLast();
        assertTrue(last.startsWith("sd-spark: ") && last.contains(message), errors::toString);
        assertTrue(Stream.of("\tat ", "Exception:").noneMatch(errors.toString()::contains), errors::toString);
    }
}
