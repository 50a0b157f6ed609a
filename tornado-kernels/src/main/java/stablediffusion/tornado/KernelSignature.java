package stablediffusion.tornado;

import stablediffusion.model.graph.Value;
import stablediffusion.model.graph.Weight;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Describes what the kernels of an operation depend on: all of it but which tensors it reads and writes, of which only the shapes count. A
 * {@link KernelSet} adds the same kernels, with the same scalars and grids, for operations of equal signatures.
 */
final class KernelSignature {
    private KernelSignature() {}

    /**
     * Returns an object that equals that of another operation if, and only if, they have the same kernels.
     *
     * @param part an operation, or a component of one
     */
    static Object of(Object part) {
        return switch (part) {
            case Value value -> value.shape();
            case Weight weight -> List.of(weight.layout(), weight.shape());
            case Optional<?> optional -> optional.map(KernelSignature::of);
            case List<?> list -> list.stream().map(KernelSignature::of).toList();
            case Record parts -> List.of(
                    parts.getClass(),
                    Arrays.stream(parts.getClass().getRecordComponents()).map(component -> of(component(parts, component))).toList());
            default -> part;
        };
    }

    private static Object component(Record parts, RecordComponent component) {
        try {
            return component.getAccessor().invoke(parts);
        } catch (ReflectiveOperationException failure) {
            throw new IllegalStateException("no access to " + component + " of " + parts, failure);
        }
    }
}
