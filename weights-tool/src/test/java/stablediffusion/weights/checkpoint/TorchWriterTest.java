package stablediffusion.weights.checkpoint;

import org.junit.jupiter.api.Test;
import stablediffusion.weights.TinyShapes;
import stablediffusion.weights.checkpoint.PickleGlobals.TensorReference;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

class TorchWriterTest {

    @Test
    void picklesAsTorchDoes() throws IOException {
        // data.pkl is the first entry of the zip; its offset is in the directory of the zip.
        byte[] original = Arrays.copyOfRange(Files.readAllBytes(TinyShapes.CHECKPOINT), 64, 64 + 84_085);
        Map<?, ?> root = (Map<?, ?>) PickleReader.load("tiny-shapes", original);
        Map<String, Object> envelope = new LinkedHashMap<>();
        root.forEach((key, value) -> envelope.put((String) key, value));
        List<TensorSpec> tensors = new ArrayList<>();
        ((Map<?, ?>) root.get("state_dict")).forEach((name, value) -> {
            TensorReference reference = (TensorReference) value;
            String storage = ((PickleReader.Global) reference.storage().id().items().get(1)).name();
            tensors.add(new TensorSpec(
                    (String) name, ElementType.ofTorchStorage(storage.substring(6)).orElseThrow(), reference.shape()));
        });
        envelope.put("state_dict", tensors);
        assertArrayEquals(original, PickleWriter.write(envelope));
    }
}
