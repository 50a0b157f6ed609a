package stablediffusion.tests.gpu;

import stablediffusion.bench.Json;
import stablediffusion.cli.options.MeasuredModel;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.tests.SyntheticWeights;
import stablediffusion.tests.gpu.Checks.Check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compares blocks of full size on a device with samples of what the CPU engine computes. Stops at the first wrong one. */
final class BlockChecks {
    /** Relative to the largest value: both sum in single precision, in another order. */
    private static final double SINGLE = 1e-4;
    /** Half precision rounds by up to 2^-11 of a value, some thirty times one after another in a block: 3e-3 if they add up as at random. */
    private static final double HALF = 1e-2;

    private BlockChecks() {}

    /** Arguments: device, configuration, folder of the references, file to write. Exit code 1: wrong. */
    public static void main(String... arguments) {
        String configuration = arguments[1];
        List<BlockSample> samples = new References(Path.of(arguments[2])).blocks(configuration);
        List<Check> checks = new ArrayList<>();
        try (Engine engine = Engines.open(arguments[0], EngineSettings.DEFAULT)) {
            double limit = engine.precision() == Precision.F32 && engine.activations() == Precision.F32 ? SINGLE : HALF;
            List<Graph> blocks = Blocks.of(MeasuredModel.named(configuration));
            for (int i = 0; i < blocks.size() && checks.stream().allMatch(Check::right); i++) {
                checks.addAll(check(engine, blocks.get(i), samples.get(i), limit));
            }
            Checks result = new Checks(engine.description(), "of the largest value", checks);
            Json.write(Json.pretty(result), Path.of(arguments[3]));
            result.wrong().forEach(System.out::println);
            System.exit(result.right() ? 0 : 1);
        }
    }

    /** Runs a block twice: the first run may leave behind what the second stumbles over. */
    private static List<Check> check(Engine engine, Graph block, BlockSample sample, double limit) {
        if (!sample.block().equals(block.name())) {
            throw new IllegalStateException("the references have " + sample.block() + " in the place of " + block.name());
        }
        System.out.println(block.name() + " …");
        Map<String, Tensor> inputs = RandomNumbers.inputs(block);
        try (Executable executable = engine.compile(block, new SyntheticWeights())) {
            Check first = Check.atMost(limit, block.name() + " first run", sample.error(executable.run(inputs)));
            Check second = Check.atMost(limit, block.name() + " second run", sample.error(executable.run(inputs)));
            return List.of(first, second);
        }
    }
}
