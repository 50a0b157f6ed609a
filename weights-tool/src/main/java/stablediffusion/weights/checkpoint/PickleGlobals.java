package stablediffusion.weights.checkpoint;

import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.PickleReader.Global;
import stablediffusion.weights.checkpoint.PickleReader.PersistentId;
import stablediffusion.weights.checkpoint.PickleReader.Tuple;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lists the global names that a pickled checkpoint may use and emulates them. No Python code is run: each name maps plain values to a
 * plain value.
 */
final class PickleGlobals {

    /** Describes a tensor as a view of a storage that is not yet resolved. */
    record TensorReference(PersistentId storage, long offset, List<Integer> shape, List<Long> strides) {}

    /** Holds the arguments of an object of the training state, which is not interpreted. */
    record Instance(String type, List<Object> items, Map<Object, Object> entries) {}

    private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
    private static final String PARAMETER = "torch._utils._rebuild_parameter";
    /** Bytes in a pickle of protocol 2, which has no opcode for them. */
    private static final String ENCODE = "_codecs.encode";
    private static final Set<String> DICTIONARIES = Set.of("collections.OrderedDict", "collections.defaultdict");

    /** Names that Lightning, torch's optimisers and numpy use beside the state dictionary; their objects are not interpreted. */
    private static final Set<String> UNINTERPRETED = Set.of(
            "__builtin__.dict",
            "__builtin__.int",
            "__builtin__.list",
            "__builtin__.set",
            "argparse.Namespace",
            "builtins.dict",
            "builtins.int",
            "builtins.list",
            "builtins.set",
            "collections.Counter",
            "copy_reg._reconstructor",
            "copyreg._reconstructor",
            "__builtin__.object",
            "builtins.object",
            "numpy.core.multiarray._reconstruct",
            "numpy.core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct",
            "numpy._core.multiarray.scalar",
            "numpy.dtype",
            "numpy.ndarray",
            "omegaconf.base.ContainerMetadata",
            "omegaconf.base.Metadata",
            "omegaconf.dictconfig.DictConfig",
            "omegaconf.listconfig.ListConfig",
            "omegaconf.nodes.AnyNode",
            "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
            "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
            "pytorch_lightning.utilities.parsing.AttributeDict",
            "torch.Size",
            "torch.bfloat16",
            "torch.device",
            "torch.float16",
            "torch.float32",
            "torch.nn.modules.container.ParameterDict",
            "torch.nn.parameter.Parameter",
            "typing.Any");

    private PickleGlobals() {}

    /**
     * Looks up a name.
     *
     * @throws UserException if the name is not in the list
     */
    static Global lookUp(String source, String name) {
        boolean known = name.equals(TENSOR)
                || name.equals(PARAMETER)
                || name.equals(ENCODE)
                || DICTIONARIES.contains(name)
                || UNINTERPRETED.contains(name)
                || name.startsWith("torch.") && ElementType.ofTorchStorage(name.substring(6)).isPresent();
        if (!known) {
            throw new UserException(source + " asks for " + name + ", which no weights need: refused, and nothing was run."
                    + " If you trust the file, save its state_dict as .safetensors and take that");
        }
        return new Global(name);
    }

    /** Emulates the call of a name. */
    static Object call(String source, Global global, Tuple arguments) {
        List<Object> items = arguments.items();
        return switch (global.name()) {
            case TENSOR -> new TensorReference(
                    (PersistentId) items.get(0),
                    (Long) items.get(1),
                    longs(items.get(2)).stream().map(Math::toIntExact).toList(),
                    longs(items.get(3)));
            case PARAMETER -> items.getFirst();
            case ENCODE -> ((String) items.getFirst()).getBytes(StandardCharsets.ISO_8859_1);
            case String name when DICTIONARIES.contains(name) -> dictionary(items);
            case String name when UNINTERPRETED.contains(name) -> new Instance(name, new ArrayList<>(items), new LinkedHashMap<>());
            case String name -> throw new UserException(source + " calls " + name + ", which is no function");
        };
    }

    /** Emulates Python's {@code __setstate__}. Attributes of dictionaries and tensors are ignored: they say nothing about weights. */
    static void build(Object object, Object state) {
        if (object instanceof Instance instance && state instanceof Map<?, ?> attributes) {
            instance.entries().putAll(attributes);
        }
    }

    @SuppressWarnings("unchecked") // the machine makes no other lists
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    @SuppressWarnings("unchecked") // the machine makes no other maps
    static Map<Object, Object> map(Object value) {
        return (Map<Object, Object>) value;
    }

    /** Creates a dictionary from no argument, a default factory, or (Python 2) a list of pairs. */
    private static Map<Object, Object> dictionary(List<Object> arguments) {
        Map<Object, Object> dictionary = new LinkedHashMap<>();
        if (arguments.size() == 1 && arguments.getFirst() instanceof List<?> pairs) {
            for (Object pair : pairs) {
                List<Object> keyAndValue = pair instanceof Tuple tuple ? tuple.items() : list(pair);
                dictionary.put(PickleReader.key(keyAndValue.get(0)), keyAndValue.get(1));
            }
        }
        return dictionary;
    }

    private static List<Long> longs(Object tuple) {
        return ((Tuple) tuple).items().stream().map(Long.class::cast).toList();
    }
}
