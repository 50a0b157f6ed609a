package stablediffusion.cpu;

import org.bytedeco.dnnl.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Describes the memory in which a product is stored. oneDNN stores a product of f32 inputs in f32 only, so it goes through a temporary if
 * the output is bf16.
 *
 * @param copy copies the temporary to the output
 */
record Destination(memory memory, Optional<Step> copy) {

    /** @param type the type of the product's inputs */
    static Destination of(CompilationContext context, memory.data_type type, memory output) {
        if (type == OneDnn.BF16 || output.get_desc().get_data_type().intern() == OneDnn.F32) {
            return new Destination(output, Optional.empty());
        }
        memory.desc wanted = output.get_desc();
        memory.desc widened = new memory.desc(wanted.get_dims(), OneDnn.F32, wanted.get_strides());
        memory temporary = context.temporary(widened);
        return new Destination(temporary, Optional.of(context.copy(temporary, output)));
    }

    /** Returns the steps of a product, followed by the copy. */
    Step after(List<? extends Step> steps) {
        List<Step> all = new ArrayList<>(steps);
        copy.ifPresent(all::add);
        return Step.sequence(all);
    }
}
