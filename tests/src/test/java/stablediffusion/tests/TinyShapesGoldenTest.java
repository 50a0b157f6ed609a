package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.image.Picture;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.PipelineResult;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.pipeline.Source;
import stablediffusion.model.sampler.Sampler;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.tests.SafetensorsFile.TensorValues;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares the bundled model, converted and run on the CPU engine, with the original code on the same checkpoint. */
class TinyShapesGoldenTest {
    private static final Set<String> RUN_FIELDS =
            Set.of("run", "prompt", "negative", "sampler", "steps", "seed", "scale", "eta", "size", "strength");
    private static final Pattern TENSOR =
            Pattern.compile("ids|context|x|t|eps|z|image|pixels|moments|run\\d+_(latent|image|init)");

    /** Relative to the largest value: both widen the same half-precision weights and sum in single precision, in another order. */
    private static final double NETWORK_TOLERANCE = 1e-4;
    /** In dB. Below one level of 255 on average: what single precision leaves after some fifty steps. */
    private static final double IMAGE_PSNR = 40;
    /** Relative to the largest value: each step magnifies the network's differences a little, guidance by its scale. */
    private static final double LATENT_TOLERANCE = 1e-2;

    @TempDir
    private static Path folder;

    private static Engine engine;
    private static ModelDirectory model;
    private static Pipeline pipeline;

    @BeforeAll
    static void open() {
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        pipeline = new Pipeline(model.configuration(), model, engine);
    }

    @AfterAll
    static void close() {
        pipeline.close();
        engine.close();
    }

    @TestFactory
    Stream<DynamicTest> networks() {
        return Goldens.files("tiny-shapes", ".safetensors").stream().flatMap(path -> {
            GoldenNetworks goldens = GoldenNetworks.of(SafetensorsFile.read(path));
            return Stream.of(GoldenNetworks.Network.values()).map(network -> dynamicTest(
                    path.getFileName() + " " + network, () -> goldens.check(network, engine, model, NETWORK_TOLERANCE)));
        });
    }

    @TestFactory
    Stream<DynamicTest> runs() {
        return Goldens.files("tiny-shapes", ".safetensors").stream().flatMap(path -> {
            SafetensorsFile file = SafetensorsFile.read(path);
            file.tensors().keySet().forEach(name -> assertTrue(TENSOR.matcher(name).matches(), "what is " + name + "?"));
            JsonNode runs = JsonMapper.shared().readTree(file.metadata().get("runs"));
            return runs.valueStream().map(run -> dynamicTest(path.getFileName() + " " + run, () -> check(file, run)));
        });
    }

    private static void check(SafetensorsFile file, JsonNode run) {
        run.propertyNames().forEach(field -> assertTrue(RUN_FIELDS.contains(field), "what is " + field + "?"));
        String name = "run" + run.required("run").asInt();
        PipelineResult generated = pipeline.generate(request(file, name, run), PipelineListener.NONE);
        OutputAssertions.assertClose(
                file.tensors().get(name + "_latent").values(), generated.latent().toChannelsFirst(), LATENT_TOLERANCE, "latent");
        double psnr = picture(file.tensors().get(name + "_image")).psnr(generated.picture());
        assertTrue(psnr >= IMAGE_PSNR, () -> "PSNR is " + psnr + " dB");
    }

    private static Request request(SafetensorsFile file, String name, JsonNode run) {
        String[] sampler = run.required("sampler").asString().split("/");
        JsonNode size = run.path("size");
        int nativeSize = model.configuration().nativeSize();
        Request.Builder request = Request.builder(run.required("prompt").asString())
                .negativePrompt(run.path("negative").asString(""))
                .promptStyle(PromptStyle.LITERAL)
                .size(size.isArray() ? size.get(1).asInt() : nativeSize, size.isArray() ? size.get(0).asInt() : nativeSize)
                .sampler(sampler(sampler[0], run))
                .schedule(sampler.length == 1 ? Schedule.DISCRETE : Schedule.valueOf(sampler[1].toUpperCase(Locale.ROOT)))
                .steps(run.required("steps").asInt())
                .guidanceScale(run.required("scale").floatValue())
                .seed(run.required("seed").asLong());
        if (run.has("strength")) {
            request.source(source(file, name, run));
        }
        return request.build();
    }

    private static Source source(SafetensorsFile file, String name, JsonNode run) {
        return new Source(picture(file.tensors().get(name + "_init")), run.required("strength").asDouble(), Optional.empty());
    }

    private static Sampler sampler(String name, JsonNode run) {
        return run.has("eta") ? Samplers.find(name).create(OptionalDouble.of(run.required("eta").asDouble()))
                : Samplers.find(name).create();
    }

    /** Returns a tensor [1, height, width, 3] of bytes as a picture. */
    private static Picture picture(TensorValues values) {
        assertEquals(4, values.shape().size());
        byte[] rgb = new byte[values.values().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) values.values()[i];
        }
        return new Picture(values.shape().get(2), values.shape().get(1), rgb);
    }
}
