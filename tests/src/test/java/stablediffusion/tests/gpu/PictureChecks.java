package stablediffusion.tests.gpu;

import stablediffusion.bench.Json;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.tests.TenPictures;
import stablediffusion.tests.TinyShapes;
import stablediffusion.tests.gpu.Checks.Check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compares ten pictures of the bundled model with those of the CPU engine. Stops at the first wrong one. */
final class PictureChecks {
    /** In dB. Below one level of 255 on average: what single precision leaves after some twenty steps. */
    private static final double SINGLE = 40;
    /** In dB. What half precision leaves; the CPU engine in bf16 leaves 30 to 40. */
    private static final double HALF = 30;
    /** In dB, for equal pictures, whose ratio is infinite: JSON has no such number. */
    private static final double EQUAL = 100;

    private PictureChecks() {}

    /** Arguments: device, folder of the references, folder for the pictures, file to write. Exit code 1: wrong. */
    public static void main(String... arguments) throws IOException {
        References references = new References(Path.of(arguments[1]));
        Path pictures = Files.createDirectories(Path.of(arguments[2]));
        Path converted = Files.createTempDirectory("model");
        ModelDirectory model = TinyShapes.convert(converted);
        List<Check> checks = new ArrayList<>();
        try (Engine engine = Engines.open(arguments[0], EngineSettings.DEFAULT);
                Pipeline pipeline = new Pipeline(model.configuration(), model, engine)) {
            double limit = engine.precision() == Precision.F32 && engine.activations() == Precision.F32 ? SINGLE : HALF;
            for (int i = 0; i < TenPictures.PROMPTS.size() && checks.stream().allMatch(Check::right); i++) {
                String prompt = TenPictures.PROMPTS.get(i);
                System.out.println(prompt + " …");
                Picture picture =
                        pipeline.generate(TenPictures.request(model.configuration(), prompt), PipelineListener.NONE).picture();
                PictureFile.write(picture, prompt, pictures.resolve("picture-" + i + ".png"));
                checks.add(Check.atLeast(limit, prompt, Math.min(EQUAL, references.picture(i).psnr(picture))));
            }
            Checks result = new Checks(engine.description(), "dB", checks);
            Json.write(Json.pretty(result), Path.of(arguments[3]));
            result.wrong().forEach(System.out::println);
            System.exit(result.right() ? 0 : 1);
        }
    }
}
