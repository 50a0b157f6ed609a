package stablediffusion.weights;

import stablediffusion.model.graph.Weight;
import stablediffusion.model.weights.WeightData;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Gives the tests of other packages access to the layout and the writer of checkpoints. */
public final class TestCheckpoints {
    private TestCheckpoints() {}

    /** Converts a stored weight to the layout of a checkpoint. */
    public static void restore(WeightData stored, Weight weight, MemorySegment restored) {
        LayoutConverter.restore(stored, weight, restored);
    }

    /** Writes a checkpoint whose tensors are zero. */
    public static void writeZeros(Path file, List<TensorSpec> tensors) {
        CheckpointWriter.write(
                file, tensors, OptionalInt.empty(), tensor -> new byte[(int) tensor.byteSize()], ConversionProgress.NONE);
    }
}
