package giants.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.List;

/** A record of the input by the rules of the contract; throws IllegalArgumentException where it breaks one. */
record Family(
        @JsonProperty("family_id") String id,
        Long version,
        List<String> assignees,
        List<String> cpc,
        @JsonProperty("filed_on") String filedOn,
        List<String> publications,
        boolean withdrawn,
        boolean backfill) {
    private static final ObjectReader READER = Json.MAPPER.readerFor(Family.class);
    private static final int ID_CHARACTERS_MAX = 200;
    private static final int NAME_CHARACTERS_MAX = 300;
    private static final int ASSIGNEES_MAX = 200;
    private static final int SYMBOLS_MAX = 2_000;
    private static final int PUBLICATIONS_MAX = 1_000;

    Family {
        check(version != null && version >= 0, "version", version);
        checkText("family_id", id, ID_CHARACTERS_MAX);
        assignees = checked("assignees", assignees, ASSIGNEES_MAX, NAME_CHARACTERS_MAX);
        cpc = checked("cpc", cpc, SYMBOLS_MAX, ID_CHARACTERS_MAX);
        publications = checked("publications", publications, PUBLICATIONS_MAX, ID_CHARACTERS_MAX);
        if (filedOn != null) {
            LocalDate.parse(filedOn);
        }
    }

    static Family read(byte[] document) {
        try {
            return READER.readValue(document);
        } catch (IOException error) {
            throw new IllegalArgumentException(error);
        }
    }

    /** A number that orders two records of one version that differ. */
    static long digestOf(byte[] document) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(document)).getLong() >>> 8;
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    private static List<String> checked(String field, List<String> texts, int entriesMax, int charactersMax) {
        if (texts == null) {
            return List.of();
        }
        check(texts.size() <= entriesMax, field, texts.size());
        for (String text : texts) {
            checkText(field, text, charactersMax);
        }
        return texts;
    }

    private static void checkText(String field, String text, int charactersMax) {
        check(text != null && !text.isBlank() && text.length() <= charactersMax, field, text);
    }

    private static void check(boolean holds, String field, Object got) {
        if (!holds) {
            throw new IllegalArgumentException("unexpected " + field + ": " + got);
        }
    }
}
