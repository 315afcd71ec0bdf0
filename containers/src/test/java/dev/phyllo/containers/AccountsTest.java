package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import org.junit.jupiter.api.Test;

class AccountsTest {
  private static final String PASSWD =
      """
      root:x:0:0:root:/root:/bin/sh
      # a comment
      broken line
      app:x:1000:1001:App:/home/app:/bin/sh
      twin:x:1000:2000:second with the same number:/home/twin:/bin/sh
      huge:x:4294967296:0:overflows to root:/root:/bin/sh
      """;
  private static final String GROUP =
      """
      root:x:0:
      app:x:1001:
      wheel:x:10:root,app
      docker:x:999:app
      huge:x:4294967306:app
      """;

  private final Accounts accounts = new Accounts(PASSWD, GROUP);

  @Test
  void anEmptyUserIsRootWithRootsHomeAndGroups() {
    Accounts.Identity id = accounts.resolve("");
    assertEquals(0, id.uid());
    assertEquals(0, id.gid());
    assertEquals("/root", id.home());
    assertArrayEquals(new int[] {0, 10}, id.groups());
  }

  @Test
  void anEmptyUserIsRootInAnImageWithoutAccountFiles() {
    Accounts.Identity id = new Accounts("", "").resolve("");
    assertEquals(0, id.uid());
    assertEquals("/", id.home());
  }

  @Test
  void aNameBringsItsGroupsWithIt() {
    Accounts.Identity id = accounts.resolve("app");
    assertEquals(1000, id.uid());
    assertEquals(1001, id.gid());
    assertEquals("/home/app", id.home());
    assertArrayEquals(new int[] {1001, 10, 999}, id.groups());
  }

  @Test
  void aNumberFindsTheFirstUserWithIt() {
    assertEquals("/home/app", accounts.resolve("1000").home());
  }

  @Test
  void aNumberNobodyHasIsUsedAsItIs() {
    Accounts.Identity id = accounts.resolve("4242");
    assertEquals(4242, id.uid());
    assertEquals(0, id.gid());
    assertEquals("/", id.home());
  }

  @Test
  void anExplicitGroupReplacesAllOthers() {
    Accounts.Identity id = accounts.resolve("app:wheel");
    assertEquals(10, id.gid());
    assertArrayEquals(new int[] {10}, id.groups());
    assertEquals(77, accounts.resolve("app:77").gid());
  }

  @Test
  void anUnknownNameIsAnErrorThatNamesTheFile() {
    NotFoundException e = assertThrows(NotFoundException.class, () -> accounts.resolve("nobody"));
    assertEquals("user nobody", e.thing());
    assertThrows(NotFoundException.class, () -> accounts.resolve("app:nogroup"));
  }

  @Test
  void aUserIdThatOverflowsIsRefusedAndDoesNotBecomeRoot() {
    // CVE-2024-40635: 4294967296 is 0 in 32 bits.
    assertThrows(InvalidException.class, () -> accounts.resolve("4294967296"));
    assertThrows(InvalidException.class, () -> accounts.resolve("0:4294967296"));
    assertThrows(InvalidException.class, () -> accounts.resolve("99999999999999999999"));
    assertThrows(InvalidException.class, () -> accounts.resolve("huge"));
    assertThrows(InvalidException.class, () -> accounts.resolve("app:huge"));
  }

  @Test
  void aGroupIdThatOverflowsInTheImageIsNotJoined() {
    assertArrayEquals(new int[] {1001, 10, 999}, accounts.resolve("app").groups());
  }
}
