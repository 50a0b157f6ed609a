package stablediffusion.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.StableDiffusion;
import stablediffusion.model.InvalidRequestException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs jobs in this process. */
class PictureJobTest {
    @TempDir
    private static Path folder;
    private static SparkSession session;
    private static Path model;

    @BeforeAll
    static void start() throws IOException {
        session = Pictures.session();
        model = Pictures.model(folder.resolve("models"));
    }

    @AfterAll
    static void stop() {
        session.stop();
    }

    private static PictureJob.Builder job() {
        return PictureJob.builder(model).backend("cpu").precision("f32").threads(1);
    }

    private static Dataset<Row> json(String... lines) {
        return session.read().option("primitivesAsString", true)
                .json(session.createDataset(List.of(lines), Encoders.STRING()));
    }

    private static List<Row> rows(Path output) {
        return session.read().parquet(output.resolve("table").toString()).collectAsList();
    }

    private static Map<String, byte[]> pictures(Path output) {
        Map<String, byte[]> pictures = new HashMap<>();
        rows(output).forEach(row -> pictures.put(row.getAs("id"), row.getAs("picture")));
        return pictures;
    }

    @Test
    void aRequestThatFailsIsARow() {
        Path output = folder.resolve("failing");
        PictureJob.Report report = job().run(json("{\"prompt\": \"a red circle\", \"steps\": 2, \"seed\": 1}",
                "{\"prompt\": \"a star\", \"steps\": \"two\"}", "{\"prompt\": \"a heart\", \"width\": 65, \"height\": 64}",
                "{\"prompt\": \"<lora:none:1>\"}", "{\"prompt\": \"a ri"), output.toString());
        assertEquals(5, report.requested());
        assertEquals(1, report.made());
        assertEquals(4, report.failures());
        assertTrue(report.firstFailure().isPresent());
        for (Row row : rows(output)) {
            boolean made = "a red circle".equals(row.getAs("prompt"));
            assertEquals(made, row.getAs("error") == null, row::toString);
            assertEquals(made, row.getAs("sha256") != null, row::toString);
        }
        Row made = rows(output).stream().filter(row -> row.getAs("error") == null).findFirst().orElseThrow();
        assertEquals(Map.of("prompt", "a red circle", "steps", "2", "seed", "1"), made.getJavaMap(made.fieldIndex("request")));
        assertEquals("dpm++2m", made.getAs("sampler"));
        assertEquals(128, made.<Integer>getAs("width"));
        assertTrue(made.<String>getAs("metadata").contains("Steps: 2"), made::toString);
        assertTrue(made.<String>getAs("device").startsWith("cpu"), made::toString);
        assertTrue(made.getJavaMap(made.fieldIndex("timings")).containsKey("denoise"), made::toString);
        assertNotNull(made.getAs("finished"));
        assertFalse(made.<String>getAs("host").isEmpty());
    }

    @Test
    void theSamePicturesWhateverThePartitioning() {
        Dataset<Row> table = session.range(8).selectExpr("concat('a red circle ', id % 3) as prompt", "2 as steps",
                "if(id < 4, id, null) as seed");
        Path one = folder.resolve("one");
        Path many = folder.resolve("many");
        // Rows 4 to 7 have no seed, so that two of them with the same prompt are one request.
        assertEquals(new PictureJob.Report(7, 7, 0, 0, Optional.empty()),
                job().picturesInTable(true).picturesPerTask(100).run(table.coalesce(1), one.toString()));
        assertEquals(7, job().picturesInTable(true).picturesPerTask(1).run(table.repartition(5).orderBy("prompt"), many.toString()).made());
        Map<String, byte[]> expected = pictures(one);
        Map<String, byte[]> found = pictures(many);
        assertEquals(expected.keySet(), found.keySet());
        try (StableDiffusion library = Pictures.open(model)) {
            rows(one).forEach(row -> Pictures.assertIsTheLibrarys(library, row, row.getAs("picture")));
        }
        expected.forEach((id, png) -> assertArrayEquals(png, found.get(id)));
        assertTrue(Files.notExists(one.resolve("pictures")), "pictures are in the table alone");
        assertEquals(new PictureJob.Report(7, 0, 7, 0, Optional.empty()), job().picturesInTable(true).run(table, one.toString()));
    }

    @Test
    void anotherModelOrPrecisionMakesAnotherPicture() {
        Dataset<Row> table = json("{\"prompt\": \"a red circle\", \"steps\": 1, \"seed\": 1}");
        Path output = folder.resolve("precision");
        assertEquals(1, job().run(table, output.toString()).made());
        assertEquals(1, job().precision("auto").run(table, output.toString()).made());
        assertEquals(2, rows(output).size());
    }

    @Test
    void aRowThatFailedIsTriedAgainAndReplaced() throws IOException {
        Path image = folder.resolve("late.png");
        Dataset<Row> table = json("{\"prompt\": \"a heart\", \"steps\": 2, \"seed\": 1, \"init_img\": \"" + image + "\"}",
                "{\"prompt\": \"a star\", \"steps\": 2, \"seed\": 1}");
        Path output = folder.resolve("again");
        assertEquals(1, job().run(table, output.toString()).failures());
        Files.copy(Pictures.files(output).getFirst(), image);
        assertEquals(new PictureJob.Report(2, 1, 1, 0, Optional.empty()), job().run(table, output.toString()));
        assertEquals(2, rows(output).size());
    }

    @Test
    void aModelThatDoesNotWorkFailsTheJob() throws IOException {
        Path broken = folder.resolve("broken");
        Files.createDirectories(broken);
        for (String file : List.of("manifest.json", "clip.f16", "unet.f16", "vae.f16")) {
            Files.copy(model.resolve(file), broken.resolve(file));
        }
        Dataset<Row> table = json("{\"prompt\": \"a heart\", \"steps\": 1}");
        Exception failure = assertThrows(Exception.class,
                () -> PictureJob.builder(broken).backend("opencl:7").run(table, folder.resolve("none").toString()));
        assertTrue(failure.toString().contains("no device for backend opencl:7"), failure::toString);
        assertThrows(InvalidRequestException.class, () -> PictureJob.builder(folder.resolve("nowhere")).run(table, "none"));
    }

    @Test
    void columnsThatAreNoFieldAreRefusedUnlessTheyAreIgnored() {
        Dataset<Row> table = json("{\"prompt\": \"a heart\", \"steps\": 1, \"seed\": 1, \"caption\": \"mine\"}");
        Path output = folder.resolve("ignored");
        assertThrows(InvalidRequestException.class, () -> job().run(table, output.toString()));
        assertEquals(1, job().ignoredColumns(Set.of("caption")).run(table, output.toString()).made());
    }
}
