package stablediffusion.weights.checkpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.UserException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SafetensorsReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsEveryTypeWidenedToFloats() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(0.5).putLong(-7).putFloat(1.25f).putInt(-9).putShort((short) 0x3E00).putShort((short) 0x3FC0);
        data.putShort((short) -3).put((byte) -2).put((byte) 200).put((byte) 1);
        byte[] numbers = Arrays.copyOf(data.array(), data.position());
        Path file = write(
                """
                {"__metadata__":{"license":"mine"},
                "a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]},
                "c":{"dtype":"F32","shape":[1,1],"data_offsets":[16,20]},"d":{"dtype":"I32","shape":[1],"data_offsets":[20,24]},
                "e":{"dtype":"F16","shape":[1],"data_offsets":[24,26]},"f":{"dtype":"BF16","shape":[1],"data_offsets":[26,28]},
                "g":{"dtype":"I16","shape":[1],"data_offsets":[28,30]},"h":{"dtype":"I8","shape":[1],"data_offsets":[30,31]},
                "i":{"dtype":"U8","shape":[1],"data_offsets":[31,32]},"j":{"dtype":"BOOL","shape":[1],"data_offsets":[32,33]}}
                """,
                numbers);
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            List<Float> values = checkpoint.tensors().values().stream().map(tensor -> tensor.toFloats()[0]).toList();
            assertEquals(List.of(0.5f, -7f, 1.25f, -9f, 1.5f, 1.5f, -3f, -2f, 200f, 1f), values);
            assertEquals("mine", checkpoint.metadata().get("license"));
        }
    }

    @Test
    void keepsTheOrderOfTheDataNotOfTheHeader() throws IOException {
        Path file = write(
                """
                {"second":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"first":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
                floats(1, 2, 3));
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertEquals(List.of("first", "second"), List.copyOf(checkpoint.tensors().keySet()));
            assertArrayEquals(new float[] {2, 3}, checkpoint.tensors().get("second").toFloats());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | overlaps",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | belong to no tensor",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | belong to no tensor",
                "{'a':{'dtype':'F32','shape':[2]}} | must be two integers",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,'8']}} | must be two integers",
                "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | lies at bytes 0 to 12",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | lies at bytes 8 to 0",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,8]}} | needs 4 bytes",
                "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | tensor a",
                "{'a':{'dtype':'F32','shape':[2147483647,2147483647,2147483647,8],'data_offsets':[0,8]}} | tensor a",
                "{'a':{'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}} | F8_E4M3",
                "{'a':{'shape':[8],'data_offsets':[0,8]}} | tensor a",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | Duplicate",
                "{'a':7} | tensor a",
                "{'a': | not JSON",
            })
    void refusesDamagedHeaders(String header, String expected) throws IOException {
        Path file = write(header.replace('\'', '"'), floats(1, 2));
        UserException failure = assertThrows(UserException.class, () -> Checkpoint.open(file));
        assertTrue(failure.getMessage().contains(expected), failure.getMessage());
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"9223372036854775807", "-1", "200000000", "33", "0"})
    void refusesAHeaderLongerThanTheFile(long length) throws IOException {
        Path file = folder.resolve("long.safetensors");
        byte[] header = "{\"a\":                           ".getBytes(StandardCharsets.UTF_8);
        Files.write(file, ByteBuffer.allocate(8 + 32).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(header).array());
        UserException failure = assertThrows(UserException.class, () -> Checkpoint.open(file));
        assertTrue(failure.getMessage().contains("header claims " + Long.toUnsignedString(length) + " bytes"), failure.getMessage());
    }

    private Path write(String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("written.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(8 + text.length + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(text.length)
                        .put(text)
                        .put(data)
                        .array());
        return file;
    }

    private static byte[] floats(float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putFloat(value);
        }
        return data.array();
    }
}
