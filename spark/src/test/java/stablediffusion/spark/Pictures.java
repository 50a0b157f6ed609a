package stablediffusion.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.model.Precision;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

/** What the tests of this module share: the bundled model, and pictures as the library makes them. */
final class Pictures {
    private static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");

    private Pictures() {}

    /** Copies the bundled model and converts it, as a first use does. */
    static Path model(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path checkpoint = Files.copy(CHECKPOINT, folder.resolve("tiny-shapes.ckpt"));
        Files.copy(CHECKPOINT.resolveSibling("tiny-shapes.defaults.json"), folder.resolve("tiny-shapes.defaults.json"));
        StableDiffusion.builder(checkpoint).backend("cpu").load().close();
        return folder.resolve("tiny-shapes");
    }

    /** Opens the model as the jobs of the tests do. */
    static StableDiffusion open(Path model) {
        return StableDiffusion.builder(model).backend("cpu").precision(Precision.F32).threads(1).load();
    }

    static SparkSession session() {
        return SparkSession.builder().master("local[2]").appName("test")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                // A process may stand still for minutes on a busy machine, and is not dead then.
                .config("spark.network.timeout", "900s")
                .getOrCreate();
    }

    static List<Path> files(Path output) {
        Path pictures = output.resolve("pictures");
        if (!Files.isDirectory(pictures)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(pictures)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        } catch (UncheckedIOException | IOException changing) {
            return List.of();
        }
    }

    /** Checks that a row's picture is the one that the library makes of its prompt, seed and steps, byte for byte. */
    static void assertIsTheLibrarys(StableDiffusion library, Row row, byte[] png) {
        GenerationRequest request = GenerationRequest.prompt(row.getAs("prompt")).seed(row.<Long>getAs("seed"))
                .steps(row.<Integer>getAs("steps")).build();
        assertArrayEquals(library.generate(request).toPng(), png, request.prompt());
    }
}
