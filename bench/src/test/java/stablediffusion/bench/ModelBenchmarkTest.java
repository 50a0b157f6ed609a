package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.network.Configuration;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A small model on the CPU engine. */
class ModelBenchmarkTest {
    private static final Configuration SMALL = new Configuration(
            new Configuration.Text(64, 1, 49408, 77),
            new Configuration.Unet(4, 32, List.of(1, 2), 1, List.of(true, false), 64),
            new Configuration.Vae(4, 32, List.of(1, 2), 1),
            8);

    private final List<String> log = new ArrayList<>();

    @Test
    void everyPartAndThePicture() {
        ModelBenchmark.Workload workload = new ModelBenchmark.Workload(
                "small",
                SMALL,
                new RandomWeights(1),
                16,
                16,
                EnumSet.allOf(Part.class),
                Optional.of(new PictureRequest("a test", 2, 3)),
                new MeasurementProtocol(0, 1, 1, 0),
                1);
        try (Engine engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            ModelBenchmark.Result result =
                    ModelBenchmark.run(workload, engine, EngineInfo.of("cpu", engine), Samples.ENVIRONMENT, 1, log::add);
            assertEquals(4, result.outputs().size());
            assertEquals(16, result.picture().orElseThrow().width());
            result.report().networks().forEach(ModelBenchmarkTest::addsUp);
            PictureMeasurement picture = result.report().picture().orElseThrow();
            assertEquals(picture.seconds(), picture.phases().values().stream().mapToDouble(Double::doubleValue).sum(), 1e-9);
            assertEquals(5, log.size());
            assertEquals(result.report(), Json.parse(Json.pretty(result.report()), ModelReport.class, "the report"));
        }
    }

    private static void addsUp(NetworkMeasurement network) {
        double sum = network.breakdown().stream().mapToDouble(TimeShare::seconds).sum();
        assertEquals(network.profiledSeconds(), sum, 1e-9);
        assertTrue(network.breakdown().stream().allMatch(share -> share.seconds() >= 0), network.toString());
        assertEquals(network.multiplyAdds(), network.breakdown().stream().mapToLong(TimeShare::multiplyAdds).sum());
    }
}
