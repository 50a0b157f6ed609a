package stablediffusion.peers;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import stablediffusion.model.Precision;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Copies weights into PyTorch's own memory, one after another, in the precision and the order in which it computes: those of convolutions lie as
 * {@code to(memory_format=torch.channels_last)} leaves them.
 */
final class TorchWeights {
    private final CheckpointWeights numbers;
    private final PtNDManager manager;
    private final PtSymbolBlock copy;

    private TorchWeights(CheckpointWeights numbers, PtNDManager manager, PtSymbolBlock copy) {
        this.numbers = numbers;
        this.manager = manager;
        this.copy = copy;
    }

    /** Returns a list of tensors, which a manager keeps. */
    static IValue copy(List<TorchScript.Parameter> parameters, CheckpointWeights numbers, Precision precision, PtNDManager manager) {
        // The conversion is PyTorch's own: DJL has no tensors of bf16. The last parameter asks for a copy where nothing is to be converted.
        String body = TorchArchive.INDENT + "return torch.to(inputs[0], " + type(precision) + ", False, True)";
        PtSymbolBlock copy = TorchArchive.load(manager, "inputs: List[Tensor]", body);
        TorchWeights weights = new TorchWeights(numbers, manager, copy);
        return IValue.listFrom(parameters.stream().map(weights::copy).toArray(PtNDArray[]::new));
    }

    /** Returns PyTorch's number for a type of elements. */
    static int type(Precision precision) {
        return switch (precision) {
            case F32 -> 6;
            case F16 -> 5;
            case BF16 -> 15;
        };
    }

    private PtNDArray copy(TorchScript.Parameter parameter) {
        long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
        try (Arena passing = Arena.ofConfined(); PtNDManager scope = (PtNDManager) manager.newSubManager()) {
            ByteBuffer values = numbers.inputsLast(parameter.weight(), passing);
            PtNDArray ordered = shape.length == 4
                    ? scope.create(values, new Shape(shape[0], shape[2], shape[3], shape[1]), DataType.FLOAT32).transpose(0, 3, 1, 2)
                    : scope.create(values, new Shape(shape), DataType.FLOAT32);
            try (IValue inputs = IValue.listFrom(ordered); IValue result = copy.forward(inputs)) {
                return result.toTensor(manager);
            }
        }
    }
}
